package affinity

import "math/bits"

// A signature has a bit for each of 256 random hyperplanes through the origin:
// on which side a sketch lies. Two sketches at an angle of θ differ in a bit
// with probability θ/π (Charikar, "Similarity estimation techniques from
// rounding algorithms", STOC 2002).
//
// The hyperplanes' normals are the rows of a random rotation H·D₂·H·D₁, D being
// a diagonal of random signs and H Hadamard's matrix, so that n dimensions cost
// n·log n additions (Andoni et al., "Practical and optimal LSH for angular
// distance", NIPS 2015). The signs are fixed, and all is done in integers:
// signatures are the same on every machine.
const signatureBits = 256

type signature [signatureBits / 64]uint64

// margins are the products of a sketch and the hyperplanes' normals, all of
// the same length.
type margins [signatureBits]int32

// rounds is how often D and H are applied. A sketch's length is at most
// 127·√n and grows by √n a round, so that 32 bits are enough.
const rounds = 2

// project computes the margins of a sketch. The room is working memory, and is
// returned to be used again.
func (m *margins) project(sketch []byte, room []int32) []int32 {
	n := 1
	for n < len(sketch) {
		n *= 2
	}
	if cap(room) < n {
		room = make([]int32, n)
	}
	room = room[:n]
	stream := uint64(0)
	for done := 0; done < signatureBits; {
		for i, b := range sketch {
			room[i] = int32(int8(b))
		}
		clear(room[len(sketch):])
		for range rounds {
			flip(room, stream)
			hadamard(room)
			stream++
		}
		done += copy(m[done:], room)
	}
	return room
}

func (m *margins) signature() (s signature) {
	for i, x := range m {
		s[i/64] |= uint64(uint32(-x)>>31) << (i % 64) // x > 0
	}
	return s
}

// flip multiplies by the stream's random signs.
func flip(v []int32, stream uint64) {
	for at := 0; at < len(v); at += 64 {
		word := mix(stream<<32 | uint64(at))
		part := v[at:min(at+64, len(v))]
		for i, x := range part {
			sign := -int32(word & 1)
			part[i] = x ^ sign - sign
			word >>= 1
		}
	}
}

// mix is the finaliser of SplitMix64 (Steele et al., OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hadamard multiplies by Hadamard's matrix; the length is a power of two.
func hadamard(v []int32) {
	h := 1
	if len(v) >= 4 { // the first two steps in one
		for at := 0; at < len(v); at += 4 {
			x := v[at : at+4 : at+4]
			a, b, c, d := x[0]+x[1], x[0]-x[1], x[2]+x[3], x[2]-x[3]
			x[0], x[1], x[2], x[3] = a+c, b+d, a-c, b-d
		}
		h = 4
	}
	for ; h < len(v); h *= 2 {
		for at := 0; at < len(v); at += 2 * h {
			a, b := v[at:at+h], v[at+h:at+2*h]
			b = b[:len(a)]
			for i, x := range a {
				y := b[i]
				a[i], b[i] = x+y, x-y
			}
		}
	}
}

// distance returns in how many bits two signatures differ.
func (s *signature) distance(o *signature) int {
	return bits.OnesCount64(s[0]^o[0]) + bits.OnesCount64(s[1]^o[1]) +
		bits.OnesCount64(s[2]^o[2]) + bits.OnesCount64(s[3]^o[3])
}

// key returns the bits that a table goes by.
func (s *signature) key(table int) uint32 {
	at := uint(table) * tableBits
	word := s[at/64] >> (at % 64)
	if at%64 > 64-tableBits {
		word |= s[at/64+1] << (64 - at%64)
	}
	return uint32(word) & (1<<tableBits - 1)
}

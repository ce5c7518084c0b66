package affinity

import "encoding/binary"

// packed is a sketch with six bits a dimension, laid out so that one
// multiplication makes four of its products with another sketch.
//
// Of a word of 8 dimensions the even ones and the odd ones each make four lanes
// of 16 bits. The top lane of the product of two such words, one of them in
// reverse, is the sum of the four products of their lanes. Dimensions above 0
// keep lanes apart: 4·255·63 < 2^16.
type packed struct {
	even, odd []uint64
	tail      []byte // the dimensions past the last word
	sum       int64
}

const (
	lanes = 0x00ff00ff00ff00ff
	signs = 0x8080808080808080
)

// set packs a sketch: x becomes (x+127)/4.
func (p *packed) set(sketch []byte) {
	p.even, p.odd, p.tail, p.sum = p.even[:0], p.odd[:0], p.tail[:0], 0
	six := func(b byte) uint64 {
		v := uint64(int(int8(b))+127) >> 2
		p.sum += int64(v)
		return v
	}
	for ; len(sketch) >= 8; sketch = sketch[8:] {
		b := sketch[:8:8]
		p.even = append(p.even, six(b[0])<<48|six(b[2])<<32|six(b[4])<<16|six(b[6]))
		p.odd = append(p.odd, six(b[1])<<48|six(b[3])<<32|six(b[5])<<16|six(b[7]))
	}
	for _, b := range sketch {
		p.tail = append(p.tail, byte(six(b)))
	}
}

// dot returns twice the product with a sketch of as many dimensions, whose sum
// is given. With v = (x+125.5)/4 on average,
//
//	Σ x·y = Σ (4v-125.5)·y = 4·(Σ v·(y+128) - 128·Σ v) - 125.5·Σ y
func (p *packed) dot(sketch []byte, sum int32) int64 {
	products := uint64(0)
	even := p.even
	odd := p.odd[:len(even)]
	for i, e := range even {
		y := binary.LittleEndian.Uint64(sketch[8*i:]) ^ signs
		products += (y&lanes)*e>>48 + (y>>8&lanes)*odd[i]>>48
	}
	for i, v := range p.tail {
		products += uint64(v) * uint64(sketch[8*len(even)+i]^0x80)
	}
	return 8*(int64(products)-128*p.sum) - 251*int64(sum)
}

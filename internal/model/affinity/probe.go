package affinity

import (
	"cmp"
	"math/bits"
	"slices"
)

// probing is the order in which a search looks into a table's buckets: its own
// first, then those whose keys differ in the bits whose hyperplanes it lies
// closest to (Lv et al., "Multi-probe LSH", VLDB 2007). Bit j of an entry says
// to flip the key's bit of the j-th smallest margin.
type probing [probes]uint16

// probingRanks is how many of a key's bits are ever flipped.
const probingRanks = 8

// newProbing orders the sets of flipped bits by the sum of what the squares of
// their margins are expected to be, in proportion to (j+1)(j+2) for the j-th
// smallest.
func newProbing() (p probing) {
	cost := func(set uint16) (sum int) {
		for ; set != 0; set &= set - 1 {
			j := bits.TrailingZeros16(set)
			sum += (j + 1) * (j + 2)
		}
		return sum
	}
	var sets []uint16
	for set := range uint16(1 << probingRanks) {
		sets = append(sets, set)
	}
	slices.SortStableFunc(sets, func(a, b uint16) int { return cmp.Compare(cost(a), cost(b)) })
	copy(p[:], sets)
	return p
}

// probe lists what is in a space's buckets, the likeliest of all tables first,
// the newest of each.
func (f *finder) probe(p *probing, s *space, newest int) {
	for t := range tableCount {
		f.rank(t)
	}
	for _, set := range p {
		for t := range tableCount {
			key := f.signature.key(t)
			for rest := set; rest != 0; rest &= rest - 1 {
				key ^= f.flips[t][bits.TrailingZeros16(rest)]
			}
			f.list = append(f.list, s.bucket(t, key).newest(newest)...)
		}
		if len(f.list) >= visited {
			break
		}
	}
}

// rank finds the bits of a table's key that have the smallest margins.
func (f *finder) rank(table int) {
	var size [probingRanks]int32
	n := 0
	for bit := range tableBits {
		x := f.margins[table*tableBits+bit]
		x = max(x, -x)
		i := n
		if n < probingRanks {
			n++
		} else if i--; size[i] <= x {
			continue
		}
		for ; i > 0 && size[i-1] > x; i-- {
			size[i], f.flips[table][i] = size[i-1], f.flips[table][i-1]
		}
		size[i], f.flips[table][i] = x, 1<<bit
	}
}

// unique drops what is in the list for the second time. It does without
// branches, since none could be foretold.
func (f *finder) unique() {
	kept := 0
	for _, ord := range f.list {
		word, bit := &f.seen[uint32(ord)/64], uint32(ord)%64
		f.list[kept] = ord
		kept += int(^*word >> bit & 1)
		*word |= 1 << bit
	}
	f.list = f.list[:kept]
}

// compare puts the listed articles that may be in the channel at the level of
// their signatures' distance.
func (f *finder) compare(rows []row) {
	f.levels.reset()
	for _, ord := range f.list {
		r := &rows[ord]
		if r.channels&f.mask != 0 {
			f.levels.add(r.signature.distance(&f.signature), uint32(ord))
		}
	}
}

package feed

import "slices"

// Gone is what the catalogue dropped at once: numbers that mean nothing from
// now on, until they are given out again. Nobody may change it.
type Gone struct {
	Ords  []Ord  // ascending
	Names []Name // ascending; no item has them

	bits []uint64 // Ords as a set
}

// NewGone makes a Gone of ascending numbers.
func NewGone(ords []Ord, names []Name) *Gone {
	g := &Gone{Ords: ords, Names: names}
	if len(ords) > 0 {
		g.bits = make([]uint64, ords[len(ords)-1]/64+1)
	}
	for _, ord := range ords {
		g.bits[ord/64] |= 1 << (ord % 64)
	}
	return g
}

// Has reports whether an article's number was dropped.
func (g *Gone) Has(ord Ord) bool {
	i := int(ord) / 64
	return i < len(g.bits) && g.bits[i]>>(uint(ord)%64)&1 != 0
}

// HasName reports whether a name's number was dropped.
func (g *Gone) HasName(n Name) bool {
	_, ok := slices.BinarySearch(g.Names, n)
	return ok
}

package affinity

import (
	"slices"
	"sort"

	"readnext/internal/feed"
)

// The index has tableCount tables of 2^tableBits buckets for each space of many
// articles. A bucket holds the articles whose signatures have the same bits.
const (
	tableBits  = 13
	tableCount = signatureBits / tableBits
)

// index finds listed articles by their sketches. What it holds depends on the
// listed articles alone, not on how they came to be listed, so that it can be
// built anew from them.
type index struct {
	flat   int // Config.Flat
	rows   []row
	spaces []space // by number of dimensions, ascending
	count  int

	margins margins
	room    []int32
}

// row is what is compared of an article before the article itself. Rows are by
// Ord; those of articles without sketches say nothing.
type row struct {
	signature signature
	channels  uint64 // bit c%64 for each channel c
	sum       int32  // of the sketch's dimensions
}

// space holds the articles whose embeddings have one number of dimensions.
type space struct {
	dimensions int
	all        bucket
	tables     []bucket // nil, or tableCount<<tableBits of them
}

// bucket is in order of publish time, of Ord among equals: mostly the newest
// is put, and last.
type bucket []feed.Ord

func (b bucket) place(articles []article, ord feed.Ord) int {
	at := articles[ord].published
	before := func(o feed.Ord) bool {
		p := articles[o].published
		return p < at || p == at && o < ord
	}
	if n := len(b); n == 0 || before(b[n-1]) {
		return n
	}
	return sort.Search(len(b), func(i int) bool { return !before(b[i]) })
}

func (b *bucket) insert(articles []article, ord feed.Ord) {
	*b = slices.Insert(*b, b.place(articles, ord), ord)
}

func (b *bucket) remove(articles []article, ord feed.Ord) {
	if i := b.place(articles, ord); i < len(*b) && (*b)[i] == ord {
		*b = slices.Delete(*b, i, i+1)
	}
}

// newest returns the last n.
func (b bucket) newest(n int) bucket { return b[max(0, len(b)-n):] }

// space returns the place of a space and whether it is there.
func (x *index) space(dimensions int) (int, bool) {
	return slices.BinarySearchFunc(x.spaces, dimensions, func(s space, d int) int { return s.dimensions - d })
}

// insert takes in a listed article that has a sketch.
func (x *index) insert(articles []article, ord feed.Ord) {
	a := &articles[ord]
	for int(ord) >= len(x.rows) {
		x.rows = append(x.rows, row{})
	}
	x.room = x.margins.project(a.sketch.bytes, x.room)
	r := row{signature: x.margins.signature(), channels: maskOf(a.channels)}
	for _, b := range a.sketch.bytes {
		r.sum += int32(int8(b))
	}
	x.rows[ord] = r
	x.count++
	i, ok := x.space(len(a.sketch.bytes))
	if !ok {
		x.spaces = slices.Insert(x.spaces, i, space{dimensions: len(a.sketch.bytes)})
	}
	s := &x.spaces[i]
	s.all.insert(articles, ord)
	switch {
	case s.tables != nil:
		for t := range tableCount {
			s.bucket(t, r.signature.key(t)).insert(articles, ord)
		}
	case len(s.all) > x.flat:
		s.tables = make([]bucket, tableCount<<tableBits)
		for _, o := range s.all {
			for t := range tableCount {
				b := s.bucket(t, x.rows[o].signature.key(t))
				*b = append(*b, o)
			}
		}
	}
}

// remove undoes insert. The article must be as it was then. The tables of a
// space that has become small stay for a while, unread, lest an article that
// comes and goes has them built each time.
func (x *index) remove(articles []article, ord feed.Ord) {
	i, _ := x.space(len(articles[ord].sketch.bytes))
	s := &x.spaces[i]
	s.all.remove(articles, ord)
	x.count--
	switch {
	case len(s.all) == 0:
		x.spaces = slices.Delete(x.spaces, i, i+1)
	case len(s.all) <= x.flat/2:
		s.tables = nil
	case s.tables != nil:
		for t := range tableCount {
			s.bucket(t, x.rows[ord].signature.key(t)).remove(articles, ord)
		}
	}
	x.rows[ord] = row{}
}

func (s *space) bucket(table int, key uint32) *bucket {
	return &s.tables[uint32(table)<<tableBits|key]
}

// maskOf returns the channels' bits; an article without the bit of a channel is
// not in it.
func maskOf(channels []feed.ChannelID) (mask uint64) {
	for _, c := range channels {
		mask |= channelBit(c)
	}
	return mask
}

func channelBit(c feed.ChannelID) uint64 { return 1 << (uint32(c) % 64) }

package factor

import (
	"math"
	"slices"
	"sync/atomic"

	"readnext/internal/feed"
)

// input is what a fit is made of: an immutable copy of the interactions, as
// rows of compressed columns. Articles are numbered by rising Ord.
type input struct {
	at    uint64 // the model's changes when it was taken
	ords  []feed.Ord
	keys  []uint64 // by row
	start []int32  // by row, and the end of the last
	items []int32

	done atomic.Int32 // of ords, where a fit counts them
}

func (in *input) rows() int { return len(in.keys) }

func (in *input) row(u int) []int32 { return in.items[in.start[u]:in.start[u+1]] }

// input copies the interactions with articles that two readers at least acted
// on: those with the Articles most read of the
// articles that were neither withdrawn nor have expired. Among equals the older
// ones come first.
func (m *Model) input() *input {
	count := make([]int32, len(m.articles))
	for _, ords := range m.readers.all {
		for _, ord := range ords {
			count[ord]++
		}
	}
	in := &input{at: m.changes}
	expired := m.latest - feed.MaxAhead // times may be ahead by as much
	for ord, n := range count {
		a := &m.articles[ord]
		if n > 1 && !a.withdrawn && (a.expires == 0 || a.expires > expired) {
			in.ords = append(in.ords, feed.Ord(ord))
		}
	}
	if len(in.ords) > m.cfg.Articles {
		slices.SortStableFunc(in.ords, func(a, b feed.Ord) int { return int(count[b]) - int(count[a]) })
		in.ords = in.ords[:m.cfg.Articles]
		slices.Sort(in.ords)
	}
	column := count // no longer needed as counts
	for i := range column {
		column[i] = none
	}
	for i, ord := range in.ords {
		column[ord] = int32(i)
	}
	in.keys = make([]uint64, 0, m.readers.keys.Len())
	in.start = append(make([]int32, 0, m.readers.keys.Len()+1), 0)
	in.items = make([]int32, 0, m.readers.total)
	for key, ords := range m.readers.all {
		for _, ord := range ords {
			if i := column[ord]; i != none {
				in.items = append(in.items, i)
			}
		}
		if n := int32(len(in.items)); n > in.start[len(in.keys)] {
			in.keys = append(in.keys, key)
			in.start = append(in.start, n)
		}
	}
	return in
}

const none = int32(-1)

func (in *input) has(key uint64) bool { return slices.Contains(in.keys, key) }

// without is the same but for a reader.
func (in *input) without(key uint64) *input {
	u := slices.Index(in.keys, key)
	n := in.start[u+1] - in.start[u]
	out := &input{
		at:    in.at,
		ords:  in.ords,
		keys:  slices.Concat(in.keys[:u], in.keys[u+1:]),
		start: slices.Concat(in.start[:u], in.start[u+1:]),
		items: slices.Concat(in.items[:in.start[u]], in.items[in.start[u+1]:]),
	}
	for i := u; i < len(out.start); i++ {
		out.start[i] -= n
	}
	return out
}

// weights returns what the rows weigh, by their lengths.
func (in *input) weights(cfg *Config) []float64 {
	w := make([]float64, in.rows())
	for u := range w {
		w[u] = math.Pow(float64(len(in.row(u))), -max(cfg.Activity, 0))
	}
	return w
}

// diagonal returns the diagonal of G.
func (in *input) diagonal(w []float64) []float64 {
	g := make([]float64, len(in.ords))
	for u := range w {
		for _, i := range in.row(u) {
			g[i] += w[u]
		}
	}
	return g
}

// readers returns the rows that have each article.
func (in *input) readers() [][]int32 {
	count := make([]int32, len(in.ords))
	for _, i := range in.items {
		count[i]++
	}
	all := make([]int32, len(in.items))
	readers := make([][]int32, len(in.ords))
	for i, c := range count {
		readers[i], all = all[:0:c], all[c:]
	}
	for u := range in.rows() {
		for _, i := range in.row(u) {
			readers[i] = append(readers[i], int32(u))
		}
	}
	return readers
}

// ridge returns what is added to an article's diagonal.
func (c *Config) ridge(g float64) float64 { return c.Ridge + max(c.RidgeShare, 0)*g }

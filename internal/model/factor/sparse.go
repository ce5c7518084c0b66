package factor

import (
	"cmp"
	"math"
	"slices"
)

const (
	// work is about how many multiplications the regressions of a fit take.
	work = 1e10
	// fewest and most neighbours of a regression.
	fewest, most = 32, 256
	// head is how many of the most read articles have their part of G kept, a
	// number of 4 bytes a pair: the readers of others are few.
	head = 4000
)

// neighbours returns how many articles each of n is regressed on, so that n
// factorizations of K³/6 are the work that there is.
func neighbours(n int) int {
	return min(max(int(math.Cbrt(6*work/float64(n))), fewest), most)
}

// sparse regresses each article on its nearest ones and returns the edges by
// the article they leave; nil if it was told to stop.
func (in *input) sparse(cfg *Config, stop func() bool) [][]edge {
	r := newRegression(in, cfg)
	near := make([][]candidate, len(r.heads))
	for h, j := range r.heads {
		if stop() {
			return nil
		}
		near[h] = slices.Clone(r.nearest(j))
	}
	rows := make([][]edge, len(in.ords))
	for j := range int32(len(in.ords)) {
		if stop() {
			return nil
		}
		var some []candidate
		if h := r.headOf[j]; h != none {
			some, near[h] = near[h], nil
		} else {
			some = r.nearest(j)
		}
		r.regress(some)
		in.done.Store(j + 1)
		for p, c := range some {
			rows[c.i] = append(rows[c.i], edge{j, r.y[p]})
		}
	}
	for i := range rows {
		if stop() {
			return nil
		}
		rows[i] = strongest(rows[i], cfg.Neighbours)
	}
	return rows
}

// regression is the memory of one article's after another.
type regression struct {
	*input
	cfg     *Config
	k       int
	w       []float64 // by row
	g       []float64 // diagonal of G
	scale   []float64 // 1/√(G(i,i)+λ)
	readers [][]int32 // by article
	heads   []int32   // the articles of the head, rising
	headOf  []int32   // by article: its place among the heads, or none
	headG   []float32 // by two of them, the upper triangle by rows

	sums []float64 // by article, zero between uses
	had  []int32   // articles with sums
	near []candidate

	listed  []uint64 // a bit for each row
	rows    []int32  // those listed
	place   []int32  // by article: its place among the neighbours, or none
	columns []int32  // by place: what headOf says
	met     []int32

	gram     []float32
	y        []float32
	inverses []float32
}

type candidate struct {
	i      int32
	g      float32 // G(i,j)
	cosine float32
}

func newRegression(in *input, cfg *Config) *regression {
	n := len(in.ords)
	r := &regression{input: in, cfg: cfg, k: neighbours(n), w: in.weights(cfg), readers: in.readers(), sums: make([]float64, n)}
	r.g = in.diagonal(r.w)
	r.scale = make([]float64, n)
	for i, g := range r.g {
		r.scale[i] = 1 / math.Sqrt(g+cfg.Ridge)
	}
	r.listed = make([]uint64, in.rows()/64+1)
	r.place = slices.Repeat([]int32{none}, n)
	r.gram, r.y, r.inverses = make([]float32, room(r.k, r.k+1)), make([]float32, r.k), make([]float32, r.k)
	r.chooseHead()
	return r
}

// chooseHead makes the most read articles the head.
func (r *regression) chooseHead() {
	r.heads = make([]int32, len(r.ords))
	for i := range r.heads {
		r.heads[i] = int32(i)
	}
	slices.SortStableFunc(r.heads, func(a, b int32) int { return cmp.Compare(len(r.readers[b]), len(r.readers[a])) })
	r.heads = r.heads[:min(head, len(r.heads))]
	slices.Sort(r.heads)
	r.headOf = make([]int32, len(r.ords))
	for i := range r.headOf {
		r.headOf[i] = none
	}
	for h, i := range r.heads {
		r.headOf[i] = int32(h)
	}
	r.headG = make([]float32, len(r.heads)*(len(r.heads)+1)/2)
}

// headRow returns G of a head with itself and those after it.
func (r *regression) headRow(h int) []float32 {
	n := len(r.heads)
	from := h * (2*n - h + 1) / 2
	return r.headG[from : from+n-h]
}

// nearest returns the k articles nearest to j, by G(i,j)/√(G(i,i)+λ) and among
// equals by number; first those that are not of the head. Of an article of the
// head it notes G.
func (r *regression) nearest(j int32) []candidate {
	r.had, r.near = r.had[:0], r.near[:0]
	for _, u := range r.readers[j] {
		w := r.w[u]
		for _, i := range r.row(int(u)) {
			if r.sums[i] == 0 {
				r.had = append(r.had, i)
			}
			r.sums[i] += w
		}
	}
	if h := r.headOf[j]; h != none {
		row := r.headRow(int(h))
		for k, i := range r.heads[h:] {
			row[k] = float32(r.sums[i])
		}
	}
	for _, i := range r.had {
		if i != j {
			r.near = append(r.near, candidate{i, float32(r.sums[i]), float32(r.sums[i] * r.scale[i])})
		}
		r.sums[i] = 0
	}
	if len(r.near) > r.k {
		selectBy(r.near, r.k, nearer)
		r.near = r.near[:r.k]
	}
	slices.SortFunc(r.near, func(a, b candidate) int { return r.before(a.i, b.i) })
	return r.near
}

// before orders neighbours: those that are not of the head come first.
func (r *regression) before(a, b int32) int {
	if c := cmp.Compare(min(r.headOf[a], 0), min(r.headOf[b], 0)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

func nearer(a, b candidate) bool {
	return a.cosine > b.cosine || a.cosine == b.cosine && a.i < b.i
}

// regress solves (G + ridge)·y = G(·,j) over j's neighbours.
func (r *regression) regress(near []candidate) {
	n := len(near)
	m := matrix{n, stride(n + 1), r.gram}
	r.count(near, m)
	for p, c := range near {
		g := r.g[c.i]
		row := m.row(p, 0)
		row[p], row[n] = float32(g+r.cfg.ridge(g)), c.g
	}
	if !m.factor(n+1, r.inverses, func() bool { return false }) { // positive definite, but for rounding
		clear(r.y[:n])
		return
	}
	for p := range n {
		r.y[p] = m.row(p, n)[0]
	}
	m.back(r.y[:n], r.inverses)
}

// count fills in G among neighbours. Those that are not of the head come first,
// and are counted with all neighbours at the readers that any of them has; what
// those of the head have with each other is there.
func (r *regression) count(near []candidate, m matrix) {
	r.rows, r.columns = r.rows[:0], r.columns[:0]
	tail := 0
	for p, c := range near {
		h := r.headOf[c.i]
		r.columns = append(r.columns, h)
		r.place[c.i] = int32(p)
		if h != none {
			continue
		}
		tail++
		clear(m.row(p, 0))
		for _, u := range r.readers[c.i] {
			if r.listed[u/64]>>(u%64)&1 == 0 {
				r.listed[u/64] |= 1 << (u % 64)
				r.rows = append(r.rows, u)
			}
		}
	}
	for _, u := range r.rows {
		r.listed[u/64] = 0
		w := float32(r.w[u])
		met := r.places(r.row(int(u)))
		for _, p := range met {
			if int(p) < tail {
				row := m.row(int(p), 0)
				for _, q := range met {
					row[q] += w
				}
			}
		}
	}
	for _, c := range near {
		r.place[c.i] = none
	}
	for p := tail; p < len(near); p++ {
		h := r.columns[p]
		known, row := r.headRow(int(h)), m.row(p, p)
		for q, o := range r.columns[p:] {
			row[q] = known[o-h]
		}
	}
}

// places returns the places of those that are neighbours. Which are is a coin's
// toss to a processor that would guess it, so each is written down, and stays if
// it counts.
func (r *regression) places(items []int32) []int32 {
	r.met = slices.Grow(r.met[:0], len(items))
	met, n := r.met[:len(items)], 0
	for _, i := range items {
		p := r.place[i]
		met[n] = p
		n += int(^uint32(p) >> 31) // 1 but for none
	}
	return met[:n]
}

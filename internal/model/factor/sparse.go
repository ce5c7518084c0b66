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
	// head is how many of the most read articles have their part of G
	// computed ahead: the readers of others are few.
	head = 1024
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
	rows := make([][]edge, len(in.ords))
	for j := range int32(len(in.ords)) {
		if stop() {
			return nil
		}
		near := r.nearest(j)
		r.regress(near)
		for p, c := range near {
			rows[c.i] = append(rows[c.i], edge{j, float32(r.y[p])})
		}
	}
	for i := range rows {
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
	readers [][]int32 // by article
	headOf  []int32   // by article: its number among the head, or none
	headG   square

	sums []float64 // by article, zero between uses
	had  []int32   // articles with sums
	near []candidate
	gram []float64 // room of k×k
	y    []float64

	// Lists of the neighbours that a row has, by row: the first link of each,
	// none between uses; links and the rows that have any.
	first []int32
	links []link
	rows  []int32
}

type candidate struct {
	i      int32
	g      float64 // G(i,j)
	cosine float64
}

type link struct {
	p    int32 // the neighbour's place
	next int32
}

func newRegression(in *input, cfg *Config) *regression {
	n := len(in.ords)
	r := &regression{input: in, cfg: cfg, k: neighbours(n), w: in.weights(cfg), sums: make([]float64, n)}
	r.g = in.diagonal(r.w)
	r.gram, r.y = make([]float64, r.k*r.k), make([]float64, r.k)
	r.first = make([]int32, in.rows())
	for u := range r.first {
		r.first[u] = none
	}
	count := make([]int32, n)
	for _, i := range in.items {
		count[i]++
	}
	all := make([]int32, len(in.items))
	r.readers = make([][]int32, n)
	for i, c := range count {
		r.readers[i], all = all[:0:c], all[c:]
	}
	for u := range in.rows() {
		for _, i := range in.row(u) {
			r.readers[i] = append(r.readers[i], int32(u))
		}
	}
	r.countHead()
	return r
}

// countHead computes G among the articles with the most readers.
func (r *regression) countHead() {
	order := make([]int32, len(r.ords))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(len(r.readers[b]), len(r.readers[a])) })
	order = order[:min(head, len(order))]
	r.headOf = make([]int32, len(r.ords))
	for i := range r.headOf {
		r.headOf[i] = none
	}
	for h, i := range order {
		r.headOf[i] = int32(h)
	}
	r.headG = newSquare(len(order))
	var mine []int32
	for u := range r.w {
		mine = mine[:0]
		for _, i := range r.row(u) {
			if h := r.headOf[i]; h != none {
				mine = append(mine, h)
			}
		}
		for k, a := range mine {
			for _, b := range mine[:k] {
				r.headG.a[int(max(a, b))*r.headG.n+int(min(a, b))] += r.w[u]
			}
		}
	}
}

// nearest returns the k articles nearest to j, by G(i,j)/√(G(i,i)+λ) and among
// equals by number; first those that are not of the head.
func (r *regression) nearest(j int32) []candidate {
	r.had, r.near = r.had[:0], r.near[:0]
	for _, u := range r.readers[j] {
		for _, i := range r.row(int(u)) {
			if r.sums[i] == 0 {
				r.had = append(r.had, i)
			}
			r.sums[i] += r.w[u]
		}
	}
	for _, i := range r.had {
		if i != j {
			r.near = append(r.near, candidate{i, r.sums[i], r.sums[i] / math.Sqrt(r.g[i]+r.cfg.Ridge)})
		}
		r.sums[i] = 0
	}
	if len(r.near) > r.k {
		selectBy(r.near, r.k, nearer)
		r.near = r.near[:r.k]
	}
	slices.SortFunc(r.near, func(a, b candidate) int {
		if c := cmp.Compare(min(r.headOf[a.i], 0), min(r.headOf[b.i], 0)); c != 0 {
			return c
		}
		return cmp.Compare(a.i, b.i)
	})
	return r.near
}

func nearer(a, b candidate) bool {
	return a.cosine > b.cosine || a.cosine == b.cosine && a.i < b.i
}

// regress solves (G + ridge)·y = G(·,j) over j's neighbours.
func (r *regression) regress(near []candidate) {
	n := len(near)
	s := square{n, r.gram[:n*n]}
	clear(s.a)
	r.count(near, s)
	for p, c := range near {
		g := r.g[c.i]
		s.a[p*n+p] = g + r.cfg.ridge(g)
		r.y[p] = c.g
	}
	if !s.cholesky(func() bool { return false }) { // positive definite, but for rounding
		clear(r.y[:n])
		return
	}
	s.solve(r.y[:n])
}

// count fills in G among neighbours. Each that is not of the head is listed at
// its readers after it has met those listed there; those of the head meet them
// only, and have met each other before.
func (r *regression) count(near []candidate, s square) {
	r.links, r.rows = r.links[:0], r.rows[:0]
	for p, c := range near {
		h := r.headOf[c.i]
		row := s.row(p, p+1)
		for _, u := range r.readers[c.i] {
			for l := r.first[u]; l != none; l = r.links[l].next {
				row[r.links[l].p] += r.w[u]
			}
			if h != none {
				continue
			}
			if r.first[u] == none {
				r.rows = append(r.rows, u)
			}
			r.links = append(r.links, link{int32(p), r.first[u]})
			r.first[u] = int32(len(r.links) - 1)
		}
		if h == none {
			continue
		}
		for q := p - 1; q >= 0; q-- {
			o := r.headOf[near[q].i]
			if o == none {
				break
			}
			row[q] = r.headG.a[int(max(h, o))*r.headG.n+int(min(h, o))]
		}
	}
	for _, u := range r.rows {
		r.first[u] = none
	}
}

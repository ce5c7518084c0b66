package ranker

import (
	"math"
	"math/rand/v2"
)

// classes is how many kinds of choice are told apart.
const classes = 4

// ways is one number for each class.
type ways [classes]float64

// mixture is what tells the classes of choices apart: what each adds to the
// weights that all share, and the logarithm of its share of the choices, but for
// what is common to all.
type mixture struct {
	w     []ways // by column
	share []ways // by facet of the context, then always

	wSquares, shareSquares []ways // fading sums of squared gradients
	taught                 bool   // there was an example
}

// apart is how far the classes lie apart at first: next to nothing, but classes
// that are the same would learn the same.
const apart = 0.01

// newMixture makes a mixture of classes that hardly differ, in ways drawn at
// random, always the same.
func newMixture(columns int) mixture {
	x := mixture{
		w: make([]ways, columns), wSquares: make([]ways, columns),
		share: make([]ways, facets+1), shareSquares: make([]ways, facets+1),
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range x.w {
		for k := range x.w[i] {
			x.w[i][k] = apart * rng.NormFloat64()
		}
	}
	return x
}

// shares returns the classes' shares of the choices in a context.
func (x *mixture) shares(context Context) ways {
	p := x.share[facets]
	for f := range facets {
		if context&(1<<f) != 0 {
			for k, b := range x.share[f] {
				p[k] += b
			}
		}
	}
	highest, sum := p[0], 0.0
	for _, b := range p {
		highest = max(highest, b)
	}
	for k, b := range p {
		p[k] = math.Exp(b - highest)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// weigh sets dst to the weights of each class, by column, given those that all
// share.
func (x *mixture) weigh(shared []float64, dst []ways) []ways {
	dst = grown(dst, len(shared))
	for j, w := range shared {
		for k, more := range x.w[j] {
			dst[j][k] = w + more
		}
	}
	return dst
}

// utilitiesOf is utilities in plain Go.
func utilitiesOf(w []ways, x []float32) ways {
	w = w[:len(x)]
	var a, b, c, d float64
	for j, v := range x {
		f, u := float64(v), &w[j]
		a += u[0] * f
		b += u[1] * f
		c += u[2] * f
		d += u[3] * f
	}
	return ways{a, b, c, d}
}

// gradient is that of the loss by a mixture's weights.
type gradient struct {
	w     []ways
	share ways
}

func (g *gradient) reset(columns int) {
	g.w = grown(g.w, columns)
	clear(g.w)
	g.share = ways{}
}

// add adds the gradient of d·utilities(x). Many features are 0, and which a
// processor would guess in vain: it is faster to add nothing.
func (g *gradient) add(x []float32, d *ways) {
	w := g.w[:len(x)]
	a, b, c, e := d[0], d[1], d[2], d[3]
	for j, v := range x {
		f, u := float64(v), &w[j]
		u[0] += a * f
		u[1] += b * f
		u[2] += c * f
		u[3] += e * f
	}
}

// step takes one step against a gradient in a context.
func (x *mixture) step(context Context, g *gradient, r rule) {
	for j := range g.w {
		r.step(x.w[j][:], x.wSquares[j][:], g.w[j][:])
	}
	for f := range facets {
		if context&(1<<f) != 0 {
			r.step(x.share[f][:], x.shareSquares[f][:], g.share[:])
		}
	}
	r.step(x.share[facets][:], x.shareSquares[facets][:], g.share[:])
	x.taught = true
}

// each goes through all weights and their sums of squares.
func (x *mixture) each(do func(w, squares []float64)) {
	for j := range x.w {
		do(x.w[j][:], x.wSquares[j][:])
	}
	for f := range x.share {
		do(x.share[f][:], x.shareSquares[f][:])
	}
}

// pathSteps is how finely the path of integrated gradients is cut.
const pathSteps = 16

// contribute sets dst to what each feature adds to log Σ_k exp(a_k + w_k·x), by
// integrated gradients from no features at all (Sundararajan, Taly, Yan, 2017),
// and returns what there is without any, log Σ_k exp(a_k).
func contribute(w []ways, a ways, x []float32, dst []float64) (resting float64) {
	z := utilities(w, x)
	var parts ways // Σ over the path of each class's part
	for step := range pathSteps {
		t := (float64(step) + 0.5) / pathSteps
		at := a
		for k := range at {
			at[k] += t * z[k]
		}
		total := at.logSum()
		for k := range at {
			parts[k] += math.Exp(at[k]-total) / pathSteps
		}
	}
	for j, v := range x {
		sum := 0.0
		for k, p := range parts {
			sum += p * w[j][k]
		}
		dst[j] = sum * float64(v)
	}
	return a.logSum()
}

// logSum returns log Σ exp(x).
func (x *ways) logSum() float64 {
	highest, sum := x[0], 0.0
	for _, v := range x {
		highest = max(highest, v)
	}
	for _, v := range x {
		sum += math.Exp(v - highest)
	}
	return highest + math.Log(sum)
}

package ranker

import (
	"math"
	"math/rand/v2"
)

// hidden is how many units the hidden layer has.
const hidden = 16

// units is one number for each hidden unit.
type units [hidden]float64

// network is the hidden layer: what it adds to a score is Σ_k out_k·σ(z_k),
// where z = in·x + bias_context and σ(z) = z/(1+|z|).
type network struct {
	in  []units // by column, then the biases by facet of the context
	out units

	inSquares  []units // fading sums of squared gradients
	outSquares units
}

// newNetwork makes a network that adds nothing yet: its units look at the
// features in ways drawn at random, always the same, and count 0.
func newNetwork(columns int) network {
	n := network{in: make([]units, columns+facets), inSquares: make([]units, columns+facets)}
	rng := rand.New(rand.NewPCG(1, 2))
	scale := 1.5 / math.Sqrt(float64(max(1, columns)))
	for i := range n.in {
		for k := range n.in[i] {
			n.in[i][k] = rng.NormFloat64() * scale
		}
	}
	return n
}

// forward returns what the network adds to a candidate's score, and sets a to
// what its units are.
func (n *network) forward(context Context, x []float32, a *units) (sum float64) {
	columns := len(n.in) - facets
	*a = units{}
	for f := range facets {
		if context&(1<<f) != 0 {
			for k, b := range &n.in[columns+f] {
				a[k] += b
			}
		}
	}
	layer(n.in[:columns], x[:columns], a)
	for k := range a {
		sum += n.out[k] * a[k]
	}
	return sum
}

// layerOf is layer in plain Go.
func layerOf(in []units, x []float32, z *units) {
	for j, v := range x {
		if v == 0 {
			continue
		}
		w, f := &in[j], float64(v)
		for k := range z {
			z[k] += w[k] * f
		}
	}
	for k := range z {
		z[k] /= 1 + math.Abs(z[k])
	}
}

// resting returns what the network makes of no features at all.
func (n *network) resting(context Context) float64 {
	columns, sum := len(n.in)-facets, 0.0
	for k, v := range n.out {
		z := 0.0
		for f := range facets {
			if context&(1<<f) != 0 {
				z += n.in[columns+f][k]
			}
		}
		sum += v * z / (1 + math.Abs(z))
	}
	return sum
}

// slope is dσ/dz where σ is a.
func slope(a float64) float64 {
	b := 1 - math.Abs(a)
	return b * b
}

// gradient is that of the loss by the network's weights.
type gradient struct {
	in  []units
	out units
}

func (g *gradient) reset(columns int) {
	if len(g.in) != columns+facets {
		g.in = make([]units, columns+facets)
	}
	clear(g.in)
	g.out = units{}
}

// add adds the gradient of d·forward(x).
func (g *gradient) add(n *network, context Context, x []float32, a *units, d float64) {
	var dz units
	for k := range dz {
		g.out[k] += d * a[k]
		dz[k] = d * n.out[k] * slope(a[k])
	}
	columns := len(n.in) - facets
	for j, v := range x[:columns] {
		if v == 0 {
			continue
		}
		w, f := &g.in[j], float64(v)
		for k := range w {
			w[k] += dz[k] * f
		}
	}
	for f := range facets {
		if context&(1<<f) != 0 {
			w := &g.in[columns+f]
			for k := range w {
				w[k] += dz[k]
			}
		}
	}
}

// step takes one step against a gradient.
func (n *network) step(g *gradient, r rule) {
	for j := range g.in {
		r.step(n.in[j][:], n.inSquares[j][:], g.in[j][:])
	}
	r.step(n.out[:], n.outSquares[:], g.out[:])
}

// each goes through all weights and their sums of squares.
func (n *network) each(do func(w, squares []float64)) {
	for j := range n.in {
		do(n.in[j][:], n.inSquares[j][:])
	}
	do(n.out[:], n.outSquares[:])
}

// pathSteps is how finely the path of integrated gradients is cut.
const pathSteps = 16

// contribute adds to dst what each feature adds to the network's part of a
// score, by integrated gradients from no features at all (Sundararajan, Taly,
// Yan, 2017): all of them add up to forward(x) - forward(0), but for what the
// steps of the path are too coarse for.
func (n *network) contribute(context Context, x []float32, dst []float64) {
	columns := len(n.in) - facets
	part := make([]float32, columns)
	var a units
	for step := range pathSteps {
		share := (float32(step) + 0.5) / pathSteps
		for j := range part {
			part[j] = x[j] * share
		}
		n.forward(context, part, &a)
		for j, v := range x[:columns] {
			if v == 0 {
				continue
			}
			d := 0.0
			for k := range a {
				d += n.out[k] * slope(a[k]) * n.in[j][k]
			}
			dst[j] += d * float64(v) / pathSteps
		}
	}
}

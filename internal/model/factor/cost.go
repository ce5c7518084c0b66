package factor

// What a fit costs is told from its input, so that it is the same everywhere,
// in about nanoseconds of a processor of 2023.
const (
	// price is how many of them an interaction pays for.
	price = 4_000
	// credit is what fits may cost before any is paid for: those of a site that
	// is small.
	credit = 2e9
	// instant is what the fold may wait for.
	instant = 50e6
)

// paid returns how many interactions pay for what goes beyond an allowance.
func paid(cost, allowance uint64) uint64 { return (max(cost, allowance) - allowance) / price }

// cost is about what a fit of the input takes.
func (in *input) cost(cfg *Config) uint64 {
	n, rows, items := float64(len(in.ords)), float64(max(in.rows(), 1)), float64(len(in.items))
	pairs := 0.0
	for u := range in.rows() {
		x := float64(len(in.row(u)))
		pairs += x * x
	}
	if len(in.ords) <= cfg.Dense {
		return uint64(n*n*n/40 + n*n*40 + 2*pairs)
	}
	k := min(float64(neighbours(len(in.ords))), n)
	met := min(k*items/n*items/rows/2, items) // at readers of neighbours
	return uint64(n*(k*k*k/120+2*k*k+60*k+1.5*met) + 4*pairs)
}

//go:build !amd64

package ranker

// utilities returns w·x of each class.
func utilities(w []ways, x []float32) ways { return utilitiesOf(w, x) }

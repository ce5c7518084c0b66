package ranker

// Ways is one number for each class.
type Ways = ways

// Utilities are the utilities to each class as they are computed and in plain Go.
func Utilities() (fast, plain func(w []Ways, x []float32) Ways) { return utilities, utilitiesOf }

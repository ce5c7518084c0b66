package suite

// Apart is apart, for the test of what children inherit.
func Apart(start func() error) (release func(), err error) { return apart(start) }

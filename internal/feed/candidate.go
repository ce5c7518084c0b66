package feed

// Query is what sources and features know of a request.
type Query struct {
	User    UserID
	Channel ChannelID
	Now     Millis
	// Acts are the reader's latest acts, newest first by time, those of known
	// articles only.
	Acts []ItemAct
}

// ItemAct is an act with its article.
type ItemAct struct {
	Act
	Item  *Item
	Value float64
}

// Proposal is an article that a source proposes; scores compare within one
// source and one request only.
type Proposal struct {
	Ord   Ord
	Score float32
}

// Candidate is an article on its way to a page.
type Candidate struct {
	Item     *Item
	Score    float64
	Features []float32 // one value a feature name
	// Sources are the sources that proposed it, by number, one bit each.
	Sources uint32
}

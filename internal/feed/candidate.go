package feed

// Query is what sources and features know of a request.
type Query struct {
	User    UserID
	Channel ChannelID
	Now     Millis
	// Acts are the reader's latest acts, newest first by time, those of known
	// articles only.
	Acts []ItemAct
	// Self is the reader's own name as an author, 0 if they wrote nothing.
	Self Name
	// Acted are distinct articles that the reader acted on, oldest first, those
	// disliked lately left out; it may be empty where Acts is not.
	Acted []Ord
	// Settled asks for what is the same on every replica that folded the same
	// log: models then answer from no fit whose end depends on the machine.
	Settled bool
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

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
	// Acted are the known articles that the reader ever acted on, each once,
	// oldest first by the first act, the newest [MaxActed] at most. Those that
	// Acts say the reader disliked since are left out. It may be empty where
	// Acts is not: then Acts are all that is known.
	Acted []Ord
	// Settled asks for an answer that is the same on every replica that folded
	// the same log: what learns from answers during the fold asks so. Models
	// whose answers are always the same pay no attention.
	Settled bool
	// Members says which articles may be in Channel; the zero value knows
	// nothing. Sources may leave out what it rules out; answers are the same.
	Members Members
}

// MaxActed bounds the articles in a query's Acted.
const MaxActed = 500

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
	// Classes is what the ranker notes beside the Score, to explain it by.
	Classes [4]float32
}

// Standing is what a rank in a source's list counts, from 0: 1/(1 + rank/10), so
// 1 for the first and half of that for the eleventh.
func Standing(rank int) float32 { return 10 / float32(10+rank) }

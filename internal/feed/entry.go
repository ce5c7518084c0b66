package feed

// Entry is one row of the log, from which every model can be rebuilt.
// Exactly one of its parts is set.
type Entry struct {
	Article   *Article  // put, or put back
	Withdrawn ArticleID // taken out
	Signal    *Signal   // what a reader did
	Forgotten UserID    // a reader to be erased from models
}

// Position is a place in the log, as the store that gave it out understands
// it; the empty position is before the first entry.
type Position string

package feed

// Page is what one refresh served to one reader on one channel. It never
// changes once stored.
type Page struct {
	User    UserID
	Channel ChannelID
	Stamp   Millis
	Older   Millis // stamp of the page before it, 0 if there was none
	Nonce   uint64 // tells apart anonymous pages, which share an empty User; else 0
	KeyID   uint32 // which key signs its params
	Model   uint32 // the ranker's version
	Places  []Place
}

// Place is one position of a page.
type Place struct {
	Article    ArticleID
	Arm        Arm
	Propensity float32
}

// SigningKey signs params.
type SigningKey struct {
	ID      uint32 // above 0; the newest key has the highest
	Secret  [32]byte
	Created Millis
}

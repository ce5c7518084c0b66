package feed

// Profile is what the store keeps of one reader. A profile in hand is a
// snapshot: its slices may share memory with later ones and must not be
// written to.
type Profile struct {
	User UserID
	// Version changes whenever the profile does: the ticket of a
	// compare-and-set. Unknown readers have a version too.
	Version uint64
	// Newest holds the stamp of the newest page of each channel.
	Newest []ChannelStamp
	// Served holds what was served within [ServedWindow], oldest first.
	Served []ServedArticle
	// Acted holds every article ever acted on, each once, in order of the
	// first act.
	Acted []ArticleID
	// Acts holds the latest [MaxActs] acts in the order they were recorded,
	// newest last. Exposures are no acts.
	Acts []Act
}

// ChannelStamp is the stamp of a channel's newest page.
type ChannelStamp struct {
	Channel ChannelID
	Stamp   Millis
}

// ServedArticle is an article and when it was served: its page's stamp.
type ServedArticle struct {
	Article ArticleID
	At      Millis
}

// Act is an event as the reader's profile keeps it.
type Act struct {
	Article  ArticleID
	Time     Millis
	ReadTime Millis
	Channel  ChannelID
	Action   Action
}

// Bounds of what is kept of a reader.
const (
	MaxActs      = 100      // acts in a profile
	ServedWindow = 30 * Day // how long a served article is not served again
	PageLife     = 90 * Day // how long pages, their params and their marks live
)

// NewestStamp returns the stamp of the newest page on a channel, 0 if there is
// none.
func (p *Profile) NewestStamp(c ChannelID) Millis {
	for _, n := range p.Newest {
		if n.Channel == c {
			return n.Stamp
		}
	}
	return 0
}

// ActOf is an event as a profile keeps it.
func ActOf(e *Event) Act {
	return Act{Article: e.Article, Action: e.Action, Time: e.Time, Channel: e.Channel, ReadTime: e.ReadTime}
}

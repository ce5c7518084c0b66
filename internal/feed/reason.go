package feed

// Reason is the one thing that speaks most for an article, with what it refers
// to.
type Reason struct {
	Kind    ReasonKind
	Article ArticleID // of [ReasonFollows], [ReasonLikeness], [ReasonTogether]
	Name    Name      // of [ReasonTag], [ReasonAuthor]
	Channel ChannelID // of [ReasonChannel]; of [ReasonTrending], [ReasonPopular], AllChannels for everywhere
}

// ReasonKind says what a reason is; numbers are those of the contract.
type ReasonKind int32

// The kinds of reasons.
const (
	ReasonNone     ReasonKind = iota // nobody asked
	ReasonFiller                     // nothing speaks for it more than for the other candidates
	ReasonFollows                    // readers of Article went on to it
	ReasonTag                        // the reader likes its tag Name
	ReasonAuthor                     // the reader likes its author Name
	ReasonChannel                    // the reader likes its Channel
	ReasonLikeness                   // its embedding is like that of Article, which the reader read
	ReasonTrending                   // it is read much these hours or days
	ReasonPopular                    // it has been read much for weeks
	ReasonClicked                    // those who see it click more often than is expected
	ReasonFresh                      // it was published lately
	ReasonTried                      // it is new and took a place that such articles get by chance
	ReasonBoosted                    // an editor's boost adds more than any source
	ReasonSession                    // readers with a session like the reader's read it
	ReasonTogether                   // readers of Article often read it, in whatever order
)

package recommend

import "readnext/internal/feed"

// Bounds of how many articles one request may ask for.
const (
	DefaultNum = 10
	MaxNum     = 100
)

// Request asks for a page.
type Request struct {
	User    feed.UserID
	Channel feed.ChannelID
	Num     int         // 0: DefaultNum; above MaxNum: clamped
	Stamp   feed.Millis // the contract's time_stamp
}

// Validate reports the first thing wrong with r as an [feed.Invalid] error.
func (r *Request) Validate() error {
	if err := r.User.Validate("user_id"); err != nil {
		return err
	}
	if r.Stamp < 0 {
		return feed.Invalidf("time_stamp", "is %d; times are not negative", r.Stamp)
	}
	return validateAsk(r.Channel, r.Num)
}

// past reports whether the request is for a page served before: its stamp lies
// behind the clock by more than clocks differ.
func (r *Request) past(now feed.Millis) bool { return r.Stamp != 0 && r.Stamp < now-nearNow }

func validateAsk(channel feed.ChannelID, num int) error {
	switch {
	case channel < 0:
		return feed.Invalidf("channel_id", "is %d; ids are not negative", channel)
	case num < 0:
		return feed.Invalidf("article_num", "is %d; it is not negative", num)
	}
	return nil
}

// clampNum applies the contract's default and bound.
func clampNum(num int) int {
	if num == 0 {
		return DefaultNum
	}
	return min(num, MaxNum)
}

// Answer is what a request gets: a page, or nothing.
type Answer struct {
	// Page is the page as it was served, nil when there is none. Places that
	// are not Shown are to be left out; they still count as positions, which
	// params name.
	Page *feed.Page
	// Older is the stamp of the page before, 0 if there is none.
	Older feed.Millis
	// Again is whether the page had been served before.
	Again bool
	// Unrecorded is whether the store does not know of the page; see
	// [Config.Degraded].
	Unrecorded bool

	withdrawn []bool // by place; nil: none
}

// Shown reports whether a place of the page may be shown: its article was not
// withdrawn since it was served.
func (a *Answer) Shown(place int) bool {
	return a.withdrawn == nil || !a.withdrawn[place]
}

// hide marks a place's article as withdrawn.
func (a *Answer) hide(place int) {
	if a.withdrawn == nil {
		a.withdrawn = make([]bool, len(a.Page.Places))
	}
	a.withdrawn[place] = true
}

// Scored is an article with the grounds of its place.
type Scored struct {
	Article  feed.ArticleID
	Score    float64
	Sources  []Named // which sources proposed it, and their scores
	Features []Named // what it was ranked by

	// Of Preview only. With a ranker that adds up, as Blend does, the score is
	// the sum of the contributions, times the boost if that is above 0.
	Contributions       []Named // what each feature adds to the score
	SourceContributions []Named // what each source's features add together
	Boost               float64 // the editor's multiplier
	Reason              Reason
}

// Named is a number with its name.
type Named struct {
	Name  string
	Value float64
}

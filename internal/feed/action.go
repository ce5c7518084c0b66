package feed

// Action is what a reader did with an article.
type Action uint8

// The actions. Their numbers are those of the contract's Event.Action and of
// stored events: they never change.
const (
	Exposure Action = 1 // the reader's screen showed it
	Click    Action = 2
	Read     Action = 3
	Collect  Action = 4
	Share    Action = 5
	Dislike  Action = 6
)

// Valid reports whether a is one of the actions.
func (a Action) Valid() bool { return a >= Exposure && a <= Dislike }

// Acted reports whether a is something the reader did to the article, which an
// exposure is not.
func (a Action) Acted() bool { return a > Exposure && a <= Dislike }

func (a Action) String() string {
	switch a {
	case Exposure:
		return "EXPOSURE"
	case Click:
		return "CLICK"
	case Read:
		return "READ"
	case Collect:
		return "COLLECT"
	case Share:
		return "SHARE"
	case Dislike:
		return "DISLIKE"
	}
	return "ACTION_UNSPECIFIED"
}

package train

import "readnext/internal/feed"

// allowance bounds how many occasions are taken in a span of the log's time: a
// bucket that holds so many seconds' worth, full at the start. Where occasions
// are rarer than its rate, it lets every one pass. Time is the latest that the
// log told of, so that the same log passes the same occasions.
type allowance struct {
	rate int64 // occasions a second
	left int64 // in thousandths of an occasion
	at   feed.Millis
}

// allowanceSpan is how many milliseconds' worth an allowance holds.
const allowanceSpan = 10_000

func newAllowance(rate int) allowance {
	return allowance{rate: int64(rate), left: int64(rate) * allowanceSpan}
}

// take reports whether an occasion may be taken at a time.
func (a *allowance) take(now feed.Millis) bool {
	if now > a.at {
		passed := int64(min(now-a.at, allowanceSpan))
		a.left, a.at = min(a.left+passed*a.rate, a.rate*allowanceSpan), now
	}
	if a.left < 1000 {
		return false
	}
	a.left -= 1000
	return true
}

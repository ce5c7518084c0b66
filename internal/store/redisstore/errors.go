package redisstore

import (
	"strings"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
)

var errClosed = feed.Errorf(feed.Unavailable, "the store is closed")

// passing are the errors of Redis that end by themselves, or when somebody sees
// to the server, by their first word.
const passing = " LOADING READONLY CLUSTERDOWN MASTERDOWN OOM MISCONF NOREPLICAS TRYAGAIN BUSY UNBLOCKED MOVED ASK NOAUTH WRONGPASS NOPERM "

// passes reports whether an error that Redis told may end: the last ones have no
// word of their own; what scripts are told of a user who may not do what they do is
// the very last.
func passes(text string) bool {
	text = strings.TrimPrefix(text, "ERR ") // which the client leaves out
	word, _, _ := strings.Cut(text, " ")
	return strings.Contains(passing, " "+word+" ") ||
		strings.HasPrefix(text, "max number of clients") ||
		strings.HasPrefix(text, "AUTH ") ||
		strings.HasPrefix(text, "The user executing the script")
}

// failed gives an error of Redis its kind. Not reaching it is passing too.
func failed(err error, doing string) error {
	if err == nil {
		return nil
	}
	kind := feed.Unavailable
	if r, ok := rueidis.IsRedisErr(err); ok && !passes(r.Error()) {
		kind = feed.Internal
	}
	return feed.Wrap(kind, err, doing)
}

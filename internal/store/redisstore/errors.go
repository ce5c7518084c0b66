package redisstore

import (
	"strings"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
)

var errClosed = feed.Errorf(feed.Unavailable, "the store is closed")

// passing are the errors of Redis that end by themselves, or when somebody sees
// to the server, by their first word.
const passing = " LOADING READONLY CLUSTERDOWN MASTERDOWN OOM MISCONF NOREPLICAS TRYAGAIN BUSY UNBLOCKED MOVED ASK "

// failed gives an error of Redis its kind. Not reaching it is passing too.
func failed(err error, doing string) error {
	if err == nil {
		return nil
	}
	kind := feed.Unavailable
	if r, ok := rueidis.IsRedisErr(err); ok {
		text := r.Error()
		word, _, _ := strings.Cut(text, " ")
		if !strings.Contains(passing, " "+word+" ") && !strings.HasPrefix(text, "ERR max number of clients") {
			kind = feed.Internal
		}
	}
	return feed.Wrap(kind, err, doing)
}

package recommend

import (
	"context"

	"readnext/internal/feed"
)

// degraded answers a refresh whose page the store cannot take, or whose reader
// it cannot tell of (profile is nil then), for a cause that passes: a page is
// made from the models and what is known of the reader, and not recorded. Page
// is the one that could not be put, made after the unrecorded pages kept; nil
// if there is none.
//
// What was served before is not made up: a stamp that may be a page's is
// answered with the cause.
func (r *Recommender) degraded(ctx context.Context, req Request, now feed.Millis, profile *feed.Profile, page *feed.Page, kept unrecorded, cause error) (Answer, error) {
	if !r.cfg.Degraded || feed.KindOf(cause) != feed.Unavailable || ctx.Err() != nil {
		return Answer{}, cause
	}
	if profile == nil {
		if req.past(now) {
			return Answer{}, cause
		}
		if profile = r.memory.last(req.User); profile != nil && req.Stamp != 0 && req.Stamp <= profile.NewestStamp(req.Channel) {
			return Answer{}, cause
		}
	}
	// A reader of whom nothing is known may have pages: asking for older ones
	// than the last minute's finds them once the store is back.
	newest, older := feed.Millis(0), now-nearNow-1
	if profile != nil {
		newest = profile.NewestStamp(req.Channel)
		older = newest
	} else {
		profile = &feed.Profile{User: req.User}
	}
	for {
		if page == nil {
			kept = r.memory.pages(req.User)
			var err error
			if page, err = r.compose(ctx, kept.addTo(profile), req, now); err != nil {
				return Answer{}, err
			}
		}
		if len(page.Places) == 0 {
			return Answer{Older: r.live(older, now), Unrecorded: true}, nil
		}
		page.Older = older
		if page = r.memory.keep(page, kept, req.Stamp, newest, now); page != nil {
			return r.unrecorded(page, false, now), nil
		}
	}
}

// unrecorded answers with a page that is not in the store, without what is not
// known to be eligible any more: the store is not asked.
func (r *Recommender) unrecorded(page *feed.Page, again bool, now feed.Millis) Answer {
	answer := Answer{Page: page, Older: r.live(page.Older, now), Again: again, Unrecorded: true}
	for i, p := range page.Places {
		if it := r.Catalog.Lookup(p.Article); it == nil || it.Withdrawn || !it.In(feed.AllChannels) {
			answer.hide(i)
		}
	}
	return answer
}

// Forgotten drops what this process remembers of a reader.
func (r *Recommender) Forgotten(user feed.UserID) { r.memory.forget(user) }

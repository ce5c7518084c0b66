package sim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// newsroomPace is how often Live looks for articles that were handed in.
const newsroomPace = feed.Minute

// live lets readers come at random, on average cfg.Rate a second, and act on
// what they are shown. Whatever they would have done after the end is not
// reported, as with an app that was closed.
func (r *run) live(ctx context.Context) error {
	start := r.clock.Now()
	var (
		end     = start + max(0, r.cfg.For)
		refresh = float64(start) // when the next reader comes; fractions of a millisecond count
		news    = start + newsroomPace
		due     []timed // ascending by at
	)
	gap := func() float64 { return r.rng.ExpFloat64() / r.cfg.Rate * float64(feed.Second) }
	refresh += gap()
	for {
		next := min(feed.Millis(refresh), news)
		if len(due) > 0 {
			next = min(next, due[0].at)
		}
		if next >= end {
			return r.clock.Wait(ctx, max(0, end-r.clock.Now()))
		}
		if err := r.clock.Wait(ctx, max(0, next-r.clock.Now())); err != nil {
			return err
		}
		now := r.clock.Now()
		if now >= end {
			return nil
		}
		if now >= news {
			if err := r.put(ctx, r.world.handedIn(r.handed, now)); err != nil && !r.survives(ctx, err) {
				return err
			} else if err == nil {
				r.handed = now
			}
			news = now + newsroomPace
		}
		if n, _ := slices.BinarySearchFunc(due, now+1, func(t timed, at feed.Millis) int { return cmp.Compare(t.at, at) }); n > 0 {
			if err := r.report(ctx, due[:n]); err != nil {
				return err
			}
			due = slices.Delete(due, 0, n)
		}
		if now >= feed.Millis(refresh) {
			acts, err := r.refresh(ctx, now)
			if err != nil {
				return err
			}
			due = append(due, acts...)
			slices.SortStableFunc(due, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
			// A slow backend is not made to catch up: the pace holds from now.
			refresh = max(refresh, float64(now)-float64(feed.Second)) + gap()
		}
	}
}

// report sends what is due. Signals that fail in passing are lost, as they
// would be with an app that does not try again.
func (r *run) report(ctx context.Context, due []timed) error {
	signals := make([]feed.Signal, len(due))
	for i := range due {
		signals[i] = due[i].signal
	}
	if err := r.submit(ctx, signals, &r.stats.Live); err != nil && !r.survives(ctx, err) {
		return err
	}
	return nil
}

// refresh is one reader's: it returns what the reader will do with the page.
func (r *run) refresh(ctx context.Context, now feed.Millis) ([]timed, error) {
	readers := r.world.readers[r.cfg.Spare:]
	weights := make([]float64, len(readers))
	for i := range readers {
		weights[i] = readers[i].Liveliness(now)
	}
	reader := &readers[pick(r.rng, weights)]
	answer, err := r.backend.Recommend(ctx, recommend.Request{
		User: reader.ID, Channel: r.world.pickChannel(reader, r.rng), Num: r.cfg.Num,
	}, now)
	if err != nil {
		if r.survives(ctx, err) {
			return nil, nil
		}
		return nil, fmt.Errorf("sim: refreshing %s: %w", reader.ID, err)
	}
	r.stats.Refreshes++
	p := answer.Page
	if p == nil || len(p.Places) == 0 {
		return nil, nil
	}
	if len(p.Places) > math.MaxUint16 {
		return nil, fmt.Errorf("sim: refreshing %s: a page of %d articles", reader.ID, len(p.Places))
	}
	r.stats.Places += len(p.Places)

	shown := now + 200
	out := []timed{{shown, exposure(p, shown)}}
	for position, place := range p.Places {
		a := r.world.Article(place.Article)
		if a == nil {
			continue // somebody else's article: it is seen, and left alone
		}
		r.stats.Expected += r.world.ClickProbability(reader, a, position, now)
		for _, d := range r.world.Respond(reader, a, position, now, r.rng) {
			at := shown + d.After
			out = append(out, timed{at, deed(p, position, d, at)})
		}
	}
	return out, nil
}

// survives counts a failure that passes and reports whether err is one.
func (r *run) survives(ctx context.Context, err error) bool {
	if ctx.Err() != nil || !passing(err) {
		return false
	}
	r.stats.Failed++
	return true
}

package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"readnext/internal/feed"
	"readnext/internal/store"
)

func testSignalsOnce(h *house) {
	caused := event(5, feed.Click, day0)
	caused.Cause = &feed.Cause{Stamp: day0 - 1, Nonce: 1<<64 - 1, Position: 65535, Arm: 2, Propensity: 0.5, Model: 1<<32 - 1}
	a, b := signal("u", "a", caused), signal("u", "b", event(6, feed.Exposure, day0), event(7, feed.Exposure, day0))
	outcomes, at := h.send(day0, a, b, a)
	if want := []store.Outcome{store.Accepted, store.Accepted, store.Duplicate}; !slices.Equal(outcomes, want) {
		h.t.Fatalf("outcomes %v, want %v", outcomes, want)
	}
	again, at2 := h.send(day0+feed.Day, b, signal("u", "c", event(8, feed.Share, day0)), a)
	if want := []store.Outcome{store.Duplicate, store.Accepted, store.Duplicate}; !slices.Equal(again, want) {
		h.t.Fatalf("outcomes %v, want %v", again, want)
	}
	if !h.Covers(at2, at) || h.Covers(at, at2) {
		h.t.Fatal("positions do not follow each other")
	}
	_, at3 := h.send(day0, a)
	log, end := h.entries("", 100)
	if !h.Covers(end, at3) {
		h.t.Fatal("the log's end does not cover a duplicate")
	}
	want := []feed.Entry{{Signal: &a}, {Signal: &b}, {Signal: ptr(signal("u", "c", event(8, feed.Share, day0)))}}
	if !reflect.DeepEqual(log, want) {
		h.t.Fatalf("log %+v\nwant %+v", log, want)
	}
	p := h.profile("u", day0)
	if !slices.Equal(p.Acted, []feed.ArticleID{5, 8}) || len(p.Acts) != 2 {
		h.t.Fatalf("acted %v, acts %v; want one each of 5 and 8", p.Acted, p.Acts)
	}
	if outcomes, _ := h.send(day0); len(outcomes) != 0 {
		h.t.Fatalf("outcomes %v of no signals", outcomes)
	}
}

func ptr[T any](v T) *T { return &v }

func testSignalsRaced(h *house) {
	const racers, rounds = 8, 20
	var mu sync.Mutex
	accepted := map[string]int{}
	var wg sync.WaitGroup
	for racer := range racers {
		wg.Go(func() {
			for round := range rounds {
				// Several readers in a call, in an order of the racer's own.
				var batch []feed.Signal
				var keys []string
				for i := range 6 {
					n := (i*(racer+1) + round) % 7
					user := feed.UserID(fmt.Sprint("u", n))
					key := fmt.Sprint(user, "/", round)
					batch = append(batch, signal(user, key, event(feed.ArticleID(round+1), feed.Click, day0)))
					keys = append(keys, key)
				}
				outcomes, _, err := h.AppendSignals(h.ctx, batch, day0)
				if err != nil {
					h.t.Error(err)
					return
				}
				mu.Lock()
				for i, o := range outcomes {
					if o == store.Accepted {
						accepted[keys[i]]++
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for key, n := range accepted {
		if n != 1 {
			h.t.Errorf("signal %s was accepted %d times", key, n)
		}
	}
	log, _ := h.entries("", 13)
	if len(log) != len(accepted) {
		h.t.Errorf("log holds %d signals, %d were accepted", len(log), len(accepted))
	}
	acts := 0
	for n := range 7 {
		acts += len(h.profile(feed.UserID(fmt.Sprint("u", n)), day0).Acts)
	}
	if acts != len(accepted) {
		h.t.Errorf("profiles hold %d acts, %d were accepted", acts, len(accepted))
	}
}

func testSignalsMany(h *house) {
	const n = 3000
	var batch []feed.Signal
	for i := range n {
		batch = append(batch, signal(feed.UserID(fmt.Sprint("u", i%700)), fmt.Sprint(i%(n-10)), event(feed.ArticleID(i+1), feed.Read, day0)))
	}
	outcomes, at := h.send(day0, batch...)
	accepted := 0
	for i, o := range outcomes {
		if o == store.Accepted {
			accepted++
		} else if i < n-10 {
			h.t.Fatalf("signal %d is a duplicate", i)
		}
	}
	log, end := h.entries("", 1000)
	if len(log) != accepted || !h.Covers(end, at) {
		h.t.Fatalf("log holds %d entries, %d signals were accepted", len(log), accepted)
	}
	var i int
	for _, e := range log {
		for outcomes[i] != store.Accepted {
			i++
		}
		if !reflect.DeepEqual(*e.Signal, batch[i]) {
			h.t.Fatalf("log entry %+v is not signal %d", e.Signal, i)
		}
		i++
	}
}

func testSignalsAnonymous(h *house) {
	s := signal(feed.Anonymous, "k", event(1, feed.Click, day0))
	o1, _ := h.send(day0, s)
	o2, _ := h.send(day0, s)
	if o1[0] != store.Accepted || o2[0] != store.Duplicate {
		h.t.Fatalf("outcomes %v, %v; want a mark left", o1, o2)
	}
	if p := h.profile(feed.Anonymous, day0); len(p.Acts)+len(p.Acted) != 0 {
		h.t.Fatalf("profile %+v; want no history", p)
	}
	if log, _ := h.entries("", 10); len(log) != 1 || !reflect.DeepEqual(log[0].Signal, &s) {
		h.t.Fatalf("log %v, want the signal", log)
	}
	_, err := h.Forget(h.ctx, feed.Anonymous)
	h.kind(err, feed.Invalid)
	h.kind(h.PutPage(h.ctx, page(feed.Anonymous, 1, day0, 1), 0), feed.Invalid)
}

func testSignalsKeyless(h *house) {
	s := signal("u", "", event(1, feed.Click, day0))
	o, _ := h.send(day0, s, s)
	o2, _ := h.send(day0, s)
	if o[0]+o[1]+o2[0] != store.Accepted {
		h.t.Fatalf("outcomes %v, %v; a zero key is never a duplicate", o, o2)
	}
	if p := h.profile("u", day0); len(p.Acts) != 3 || len(p.Acted) != 1 {
		h.t.Fatalf("acts %v, acted %v", p.Acts, p.Acted)
	}
}

package recommend_test

import (
	"context"
	"os"

	"readnext/internal/engine"
	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/recommend"
	"readnext/internal/store/pebblestore"
)

// house is a whole feed on a store of its own, on a clock that tests move.
type house struct {
	dir         string
	cfg         engine.Config
	fail        func(...any)
	now         feed.Millis
	store       *pebblestore.Store
	learner     *learn.Learner
	recommender *recommend.Recommender
	stop        func()
}

func newHouse(t interface{ Fatal(...any) }, dir string) *house {
	h := &house{dir: dir, fail: t.Fatal, now: 1_800_000_000_000}
	h.open()
	return h
}

func freshDir(t interface{ Fatal(...any) }, in string) string {
	dir, err := os.MkdirTemp(in, "house")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (h *house) check(err error) {
	if err != nil {
		h.fail(err)
	}
}

func (h *house) open() {
	var err error
	h.store, err = pebblestore.Open(h.dir, pebblestore.Config{})
	h.check(err)
	ctx, cancel := context.WithCancel(context.Background())
	e, err := engine.Open(ctx, h.cfg, h.store,
		func() uint32 { return 1 }, func() uint64 { return 7 })
	h.check(err)
	h.check(e.CatchUp(ctx))
	h.learner, h.recommender = e.Learner, e.Recommender
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	h.stop = func() {
		cancel()
		h.check(<-done)
		h.check(h.store.Close())
	}
}

func (h *house) restart() {
	h.stop()
	h.open()
}

func (h *house) close() { h.stop() }

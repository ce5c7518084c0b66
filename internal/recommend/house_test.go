package recommend_test

import (
	"context"
	"os"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/model/affinity"
	"readnext/internal/model/catalog"
	"readnext/internal/model/covisit"
	"readnext/internal/model/trending"
	"readnext/internal/recommend"
	"readnext/internal/store/pebblestore"
)

// house is a whole feed on a store of its own, on a clock that tests move.
type house struct {
	dir         string
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
	var (
		cat *catalog.Catalog
		tr  *trending.Model
		cov *covisit.Model
		aff *affinity.Model
	)
	ctx, cancel := context.WithCancel(context.Background())
	h.learner, err = learn.Open(ctx, learn.Config{}, h.store, func() learn.Models {
		var e1, e2, e3 error
		cat = catalog.New()
		tr, e1 = trending.New(trending.Config{})
		cov, e2 = covisit.New(covisit.Config{})
		aff, e3 = affinity.New(affinity.Config{})
		h.check(e1)
		h.check(e2)
		h.check(e3)
		return learn.Models{Catalog: cat, Observers: []learn.Observer{tr, cov, aff}}
	})
	h.check(err)
	for {
		n, err := h.learner.Fold(ctx)
		h.check(err)
		if n == 0 {
			break
		}
	}
	done := make(chan error, 1)
	go func() { done <- h.learner.Run(ctx) }()
	h.stop = func() {
		cancel()
		h.check(<-done)
		h.check(h.store.Close())
	}
	h.recommender, err = recommend.New(recommend.Config{}, recommend.Parts{
		Readers:    h.store,
		Catalog:    cat,
		Sources:    []recommend.Source{cov, aff, tr, recommend.Fresh{Catalog: cat}},
		Ranker:     recommend.NewBlend(recommend.DefaultWeights()),
		Trending:   tr,
		Tastes:     aff,
		Values:     feed.DefaultValues(),
		SigningKey: func() uint32 { return 1 },
		Nonce:      func() uint64 { return 7 },
	})
	h.check(err)
}

func (h *house) restart() {
	h.stop()
	h.open()
}

func (h *house) close() { h.stop() }

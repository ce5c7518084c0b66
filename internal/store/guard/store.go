package guard

import (
	"context"

	"github.com/sony/gobreaker/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Store guards the store it wraps. Make one with New.
type Store struct {
	store.Store // what is not guarded

	reads, pages, writes gate
	cfg                  Config
}

var _ store.Store = (*Store)(nil)

// New guards a store, which the Store closes.
func New(st store.Store, cfg Config) (*Store, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Store{Store: st, cfg: cfg}
	s.reads.init("reads", cfg.Reads, &s.cfg)
	s.pages.init("pages", cfg.Pages, &s.cfg)
	s.writes.init("writes", cfg.Writes, &s.cfg)
	return s, nil
}

// Class is how one class of calls is doing. Counts are since the start.
type Class struct {
	Calls    string // reads, pages or writes
	Open     bool   // the breaker refuses calls, but for one that tries
	InFlight int    // calls under way
	Refused  uint64 // calls refused by the breaker
	Full     uint64 // calls refused because too many were under way
	Late     uint64 // calls that took too long
}

// Classes tells of each class.
func (s *Store) Classes() []Class {
	var out []Class
	for _, g := range []*gate{&s.reads, &s.pages, &s.writes} {
		out = append(out, Class{
			Calls:    g.name,
			Open:     g.breaker != nil && g.breaker.State() != gobreaker.StateClosed,
			InFlight: int(g.busy.Load()),
			Refused:  g.open.Load(),
			Full:     g.full.Load(),
			Late:     g.late.Load(),
		})
	}
	return out
}

// Profile is a read.
func (s *Store) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (_ *feed.Profile, err error) {
	ctx, c, err := s.reads.enter(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.Profile(ctx, user, now)
}

// PageAt is a read.
func (s *Store) PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (_ *feed.Page, err error) {
	ctx, c, err := s.reads.enter(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.PageAt(ctx, user, channel, at, oldest)
}

// Articles is a read.
func (s *Store) Articles(ctx context.Context, ids []feed.ArticleID) (_ []feed.Article, err error) {
	ctx, c, err := s.reads.enter(ctx, len(ids))
	if err != nil {
		return nil, err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.Articles(ctx, ids)
}

// PutPage is a class of its own.
func (s *Store) PutPage(ctx context.Context, page *feed.Page, version uint64) (err error) {
	ctx, c, err := s.pages.enter(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.PutPage(ctx, page, version)
}

// PutArticles is a write.
func (s *Store) PutArticles(ctx context.Context, articles []feed.Article) (_ []bool, _ feed.Position, err error) {
	ctx, c, err := s.writes.enter(ctx, len(articles))
	if err != nil {
		return nil, "", err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.PutArticles(ctx, articles)
}

// WithdrawArticles is a write.
func (s *Store) WithdrawArticles(ctx context.Context, ids []feed.ArticleID) (_ []bool, _ feed.Position, err error) {
	ctx, c, err := s.writes.enter(ctx, len(ids))
	if err != nil {
		return nil, "", err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.WithdrawArticles(ctx, ids)
}

// AppendSignals is a write.
func (s *Store) AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) (_ []store.Outcome, _ feed.Position, err error) {
	ctx, c, err := s.writes.enter(ctx, len(signals))
	if err != nil {
		return nil, "", err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.AppendSignals(ctx, signals, now)
}

// Forget is a write.
func (s *Store) Forget(ctx context.Context, user feed.UserID) (_ feed.Position, err error) {
	ctx, c, err := s.writes.enter(ctx, 0)
	if err != nil {
		return "", err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.Forget(ctx, user)
}

// AddSigningKey is a write.
func (s *Store) AddSigningKey(ctx context.Context, key feed.SigningKey) (err error) {
	ctx, c, err := s.writes.enter(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.AddSigningKey(ctx, key)
}

// DropSigningKeys is a write.
func (s *Store) DropSigningKeys(ctx context.Context, before feed.Millis) (err error) {
	ctx, c, err := s.writes.enter(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { err = c.leave(err) }()
	return s.Store.DropSigningKeys(ctx, before)
}

// ListArticles has a time-out only.
func (s *Store) ListArticles(ctx context.Context, after feed.ArticleID, max int) (_ []feed.Article, err error) {
	var c call
	ctx = c.timed(ctx, s.cfg.List)
	defer func() { err = c.leave(err) }()
	return s.Store.ListArticles(ctx, after, max)
}

// SigningKeys has a time-out only.
func (s *Store) SigningKeys(ctx context.Context) (_ []feed.SigningKey, err error) {
	var c call
	ctx = c.timed(ctx, s.cfg.List)
	defer func() { err = c.leave(err) }()
	return s.Store.SigningKeys(ctx)
}

package pebblestore

import (
	"context"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// set adds a write to a batch.
func set(b *pebble.Batch, key, value []byte) error {
	if err := b.Set(key, value, nil); err != nil {
		return feed.Wrap(feed.Internal, err, "filling a batch")
	}
	return nil
}

// remove adds a removal to a batch.
func remove(b *pebble.Batch, key []byte) error {
	if err := b.Delete(key, nil); err != nil {
		return feed.Wrap(feed.Internal, err, "filling a batch")
	}
	return nil
}

// PutArticles is as the contract says.
func (s *Store) PutArticles(ctx context.Context, articles []feed.Article) ([]bool, feed.Position, error) {
	for i := range articles {
		if articles[i].ID <= 0 {
			return nil, "", feed.Invalidf("article_id", "is %d; ids are above 0", articles[i].ID)
		}
	}
	if err := s.enterWrite(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	b := s.db.NewBatch()
	created, at, err := s.putArticles(b, articles)
	if err != nil {
		return nil, "", err
	}
	if err := s.durable(ctx, b); err != nil {
		return nil, "", err
	}
	return created, at, nil
}

func (s *Store) putArticles(b *pebble.Batch, articles []feed.Article) ([]bool, feed.Position, error) {
	s.catalogue.Lock()
	defer s.catalogue.Unlock()
	created := make([]bool, len(articles))
	fresh := make(map[feed.ArticleID]bool)
	var key, value []byte
	for i := range articles {
		a := &articles[i]
		key = articleKey(key[:0], a.ID)
		known, err := s.has(key)
		if err != nil {
			return nil, "", err
		}
		created[i] = !known && !fresh[a.ID]
		fresh[a.ID] = true
		value = store.AppendArticle(value[:0], a)
		if err := set(b, key, value); err != nil {
			return nil, "", err
		}
	}
	at, err := s.appendEntries(b, len(articles), func(first uint64) error {
		for i := range articles {
			key = logKey(key[:0], first+uint64(i))
			value = store.AppendEntry(value[:0], &feed.Entry{Article: &articles[i]})
			if err := set(b, key, value); err != nil {
				return err
			}
		}
		return nil
	})
	return created, at, err
}

// WithdrawArticles is as the contract says; what is withdrawn already is not
// logged again.
func (s *Store) WithdrawArticles(ctx context.Context, ids []feed.ArticleID) ([]bool, feed.Position, error) {
	if err := s.enterWrite(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	b := s.db.NewBatch()
	known, at, err := s.withdrawArticles(b, ids)
	if err != nil {
		return nil, "", err
	}
	if err := s.durable(ctx, b); err != nil {
		return nil, "", err
	}
	return known, at, nil
}

func (s *Store) withdrawArticles(b *pebble.Batch, ids []feed.ArticleID) ([]bool, feed.Position, error) {
	s.catalogue.Lock()
	defer s.catalogue.Unlock()
	known := make([]bool, len(ids))
	var gone []feed.ArticleID
	var key, value []byte
	for i, id := range ids {
		key = articleKey(key[:0], id)
		var err error
		if value, known[i], err = s.get(value[:0], key); err != nil {
			return nil, "", err
		}
		if !known[i] || slices.Contains(gone, id) {
			continue
		}
		a, err := store.DecodeArticle(value)
		if err != nil {
			return nil, "", err
		}
		if a.Withdrawn {
			continue
		}
		a.Withdrawn = true
		value = store.AppendArticle(value[:0], a)
		if err := set(b, key, value); err != nil {
			return nil, "", err
		}
		gone = append(gone, id)
	}
	at, err := s.appendEntries(b, len(gone), func(first uint64) error {
		for i, id := range gone {
			key = logKey(key[:0], first+uint64(i))
			value = store.AppendEntry(value[:0], &feed.Entry{Withdrawn: id})
			if err := set(b, key, value); err != nil {
				return err
			}
		}
		return nil
	})
	return known, at, err
}

// durable finishes a batch and waits until it, and whatever was seen while it
// was made, is synced.
func (s *Store) durable(ctx context.Context, b *pebble.Batch) error {
	if err := s.finish(b); err != nil {
		return err
	}
	return s.sync.wait(ctx)
}

// Articles is as the contract says.
func (s *Store) Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	articles := make([]feed.Article, 0, len(ids))
	var key, value []byte
	for _, id := range ids {
		key = articleKey(key[:0], id)
		var ok bool
		var err error
		if value, ok, err = s.get(value[:0], key); err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		a, err := store.DecodeArticle(value)
		if err != nil {
			return nil, err
		}
		articles = append(articles, *a)
	}
	return articles, nil
}

// ListArticles is as the contract says.
func (s *Store) ListArticles(ctx context.Context, after feed.ArticleID, max int) ([]feed.Article, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	lower := articleKey(nil, 0)
	if after > 0 {
		lower = append(articleKey(nil, after), 0)
	}
	it, err := s.iter(lower, []byte{keyArticle + 1})
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var articles []feed.Article
	for ok := it.First(); ok && len(articles) < max; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, unread(err)
		}
		a, err := store.DecodeArticle(v)
		if err != nil {
			return nil, err
		}
		articles = append(articles, *a)
	}
	if err := it.Error(); err != nil {
		return nil, unread(err)
	}
	return articles, nil
}

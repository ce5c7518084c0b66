package redisstore

import (
	"context"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// articleChunk is how many articles are written or read at a time.
const articleChunk = 512

// PutArticles is as the contract says. A call that fails may have put some of
// the articles.
func (s *Store) PutArticles(ctx context.Context, articles []feed.Article) ([]bool, feed.Position, error) {
	for i := range articles {
		if articles[i].ID <= 0 {
			return nil, "", feed.Invalidf("article_id", "is %d; ids are above 0", articles[i].ID)
		}
	}
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	p := s.names.catalogue()
	keys := []string{s.names.of(p, "log"), s.names.of(p, "meta"), s.names.of(p, "articles"), s.names.of(p, "ids")}
	head := entryHead()
	return chunked(articles, func(chunk []feed.Article, flags func(string) error) (feed.Position, error) {
		args := []string{s.floor(p), head}
		for i := range chunk {
			args = append(args, bigEndian(uint64(chunk[i].ID)), rueidis.BinaryString(store.AppendArticle(nil, &chunk[i])))
		}
		return s.writeLogged(ctx, p, call{&s.scripts.put, keys, args}, "putting articles", flags)
	})
}

// entryHead is what the encoding of an article's entry has before that of the
// article.
func entryHead() string {
	var a feed.Article
	whole := store.AppendEntry(nil, &feed.Entry{Article: &a})
	return string(whole[:len(whole)-len(store.AppendArticle(nil, &a))])
}

// WithdrawArticles is as the contract says; what is withdrawn already is not
// logged again.
func (s *Store) WithdrawArticles(ctx context.Context, ids []feed.ArticleID) ([]bool, feed.Position, error) {
	if err := s.enter(ctx); err != nil {
		return nil, "", err
	}
	defer s.leave()
	p := s.names.catalogue()
	keys := []string{s.names.of(p, "log"), s.names.of(p, "meta"), s.names.of(p, "articles")}
	return chunked(ids, func(chunk []feed.ArticleID, flags func(string) error) (feed.Position, error) {
		args := []string{s.floor(p)}
		for _, id := range chunk {
			entry := ""
			if id > 0 { // no other can be known
				entry = string(store.AppendEntry(nil, &feed.Entry{Withdrawn: id}))
			}
			args = append(args, bigEndian(uint64(id)), entry)
		}
		return s.writeLogged(ctx, p, call{&s.scripts.withdraw, keys, args}, "withdrawing articles", flags)
	})
}

// chunked gives things to write some at a time and collects a flag for each.
func chunked[T any](all []T, write func(chunk []T, flags func(string) error) (feed.Position, error)) ([]bool, feed.Position, error) {
	out := make([]bool, 0, len(all))
	var at feed.Position
	for i := 0; i < len(all); i += articleChunk {
		chunk := all[i:min(i+articleChunk, len(all))]
		var err error
		at, err = write(chunk, func(flags string) error {
			if len(flags) != len(chunk) {
				return feed.Errorf(feed.Internal, "%d outcomes of %d articles", len(flags), len(chunk))
			}
			for _, f := range flags {
				out = append(out, f == '1')
			}
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	return out, at, nil
}

// Articles is as the contract says.
func (s *Store) Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	articles := make([]feed.Article, 0, len(ids))
	for i := 0; i < len(ids); i += articleChunk {
		var fields []string
		for _, id := range ids[i:min(i+articleChunk, len(ids))] {
			fields = append(fields, bigEndian(uint64(id)))
		}
		var err error
		if articles, err = s.appendArticles(ctx, articles, fields); err != nil {
			return nil, err
		}
	}
	return articles, nil
}

func (s *Store) appendArticles(ctx context.Context, articles []feed.Article, fields []string) ([]feed.Article, error) {
	if len(fields) == 0 {
		return articles, nil
	}
	bodies, err := s.do(ctx, s.client.B().Hmget().Key(s.names.of(s.names.catalogue(), "articles")).Field(fields...).Build()).ToArray()
	if err != nil {
		return nil, failed(err, "reading articles")
	}
	for i := range bodies {
		body, err := bodies[i].ToString()
		if rueidis.IsRedisNil(err) {
			continue
		}
		if err != nil {
			return nil, failed(err, "reading articles")
		}
		a, err := store.DecodeArticle([]byte(body))
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
	return s.listArticles(ctx, after, max)
}

func (s *Store) listArticles(ctx context.Context, after feed.ArticleID, max int) ([]feed.Article, error) {
	var articles []feed.Article
	from := "-"
	if after > 0 {
		from = "(" + bigEndian(uint64(after))
	}
	for len(articles) < max {
		n := min(articleChunk, max-len(articles))
		ids, err := s.do(ctx, s.client.B().Zrange().Key(s.names.of(s.names.catalogue(), "ids")).Min(from).Max("+").
			Bylex().Limit(0, int64(n)).Build()).AsStrSlice()
		if err != nil {
			return nil, failed(err, "listing articles")
		}
		if articles, err = s.appendArticles(ctx, articles, ids); err != nil {
			return nil, err
		}
		if len(ids) < n {
			break
		}
		from = "(" + ids[len(ids)-1]
	}
	return articles, nil
}

package server

import (
	"context"
	"encoding/base64"
	"encoding/binary"

	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

// catalog serves Catalog.
type catalog struct{ *live }

// Bounds of how many articles one answer holds.
const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

func (c *catalog) PutArticles(ctx context.Context, in *recov1.PutArticlesRequest) (*recov1.PutArticlesResponse, error) {
	if err := checkRows("articles", len(in.Articles), MaxRows); err != nil {
		return nil, twirpError(err)
	}
	now := c.now()
	out := &recov1.PutArticlesResponse{}
	good := make([]feed.Article, 0, len(in.Articles))
	for i, row := range in.Articles {
		a := ArticleOf(row)
		a.Normalize(now)
		if err := a.Validate(); err != nil {
			out.Rejected = append(out.Rejected, rejectedRow(i, err))
			continue
		}
		good = append(good, a)
	}
	if len(good) > 0 {
		created, err := c.Learner.PutArticles(ctx, good)
		if err != nil {
			return nil, twirpError(err)
		}
		for _, isNew := range created {
			if isNew {
				out.Created++
			} else {
				out.Updated++
			}
		}
	}
	c.countRows("created", int(out.Created))
	c.countRows("updated", int(out.Updated))
	c.countRows("rejected", len(out.Rejected))
	return out, nil
}

func (c *catalog) countRows(outcome string, n int) {
	if n > 0 {
		c.Metrics.articles.WithLabelValues(outcome).Add(float64(n))
	}
}

func (c *catalog) GetArticles(ctx context.Context, in *recov1.GetArticlesRequest) (*recov1.GetArticlesResponse, error) {
	if err := checkRows("article_ids", len(in.ArticleIds), maxPageSize); err != nil {
		return nil, twirpError(err)
	}
	ids := make([]feed.ArticleID, 0, len(in.ArticleIds))
	asked := make(map[int64]bool, len(in.ArticleIds))
	for _, id := range in.ArticleIds {
		if id <= 0 {
			return nil, twirpError(feed.Invalidf("article_ids", "holds %d; ids are above 0", id))
		}
		if !asked[id] {
			ids = append(ids, feed.ArticleID(id))
		}
		asked[id] = true
	}
	if len(ids) == 0 {
		return &recov1.GetArticlesResponse{}, nil
	}
	articles, err := c.Articles.Articles(ctx, ids)
	if err != nil {
		return nil, twirpError(err)
	}
	if fitting(articles) < len(articles) {
		return nil, twirpError(feed.Invalidf("article_ids", "names articles that are too much for one answer; ask for fewer"))
	}
	return &recov1.GetArticlesResponse{Articles: catalogArticles(articles)}, nil
}

func (c *catalog) ListArticles(ctx context.Context, in *recov1.ListArticlesRequest) (*recov1.ListArticlesResponse, error) {
	size := int(in.PageSize)
	switch {
	case size < 0:
		return nil, twirpError(feed.Invalidf("page_size", "is %d; it is not negative", size))
	case size == 0:
		size = defaultPageSize
	}
	size = min(size, maxPageSize)
	after, err := parsePageToken(in.PageToken)
	if err != nil {
		return nil, twirpError(err)
	}
	articles, err := c.Articles.ListArticles(ctx, after, size+1) // one more tells whether it is the last page
	if err != nil {
		return nil, twirpError(err)
	}
	out := &recov1.ListArticlesResponse{}
	if n := min(size, fitting(articles)); n < len(articles) {
		articles = articles[:n]
		out.NextPageToken = pageToken(articles[n-1].ID)
	}
	out.Articles = catalogArticles(articles)
	return out, nil
}

// maxAnswer is about how many bytes of articles one answer may hold.
const maxAnswer = 8 << 20

// fitting returns how many of the articles, the first at least, fit into one
// answer.
func fitting(articles []feed.Article) int {
	sum := 0
	for i := range articles {
		a := &articles[i]
		sum += 64 + 4*len(a.Channels) + len(a.Title) + len(a.URL) + len(a.Author) + len(a.Language) + 4*len(a.Embedding)
		for _, t := range a.Tags {
			sum += 2 + len(t)
		}
		if sum > maxAnswer && i > 0 {
			return i
		}
	}
	return len(articles)
}

// A page token is a version byte, 1, and the big-endian id of the last article
// of the page before, in base64.
const pageTokenVersion = 1

func pageToken(last feed.ArticleID) string {
	b := binary.BigEndian.AppendUint64([]byte{pageTokenVersion}, uint64(last))
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePageToken(s string) (feed.ArticleID, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) == base64.RawURLEncoding.EncodedLen(9) {
		b, err := base64.RawURLEncoding.Strict().DecodeString(s)
		if err == nil && len(b) == 9 && b[0] == pageTokenVersion {
			if id := feed.ArticleID(binary.BigEndian.Uint64(b[1:])); id > 0 {
				return id, nil
			}
		}
	}
	return 0, feed.Invalidf("page_token", "is none of ours; send next_page_token back verbatim")
}

func (c *catalog) WithdrawArticles(ctx context.Context, in *recov1.WithdrawArticlesRequest) (*recov1.WithdrawArticlesResponse, error) {
	if err := checkRows("article_ids", len(in.ArticleIds), MaxRows); err != nil {
		return nil, twirpError(err)
	}
	out := &recov1.WithdrawArticlesResponse{}
	if len(in.ArticleIds) == 0 {
		return out, nil
	}
	ids := make([]feed.ArticleID, len(in.ArticleIds))
	for i, id := range in.ArticleIds {
		ids[i] = feed.ArticleID(id)
	}
	known, err := c.Learner.WithdrawArticles(ctx, ids)
	if err != nil {
		return nil, twirpError(err)
	}
	for i, ok := range known {
		switch {
		case ok:
			out.Updated++
		case ids[i] <= 0:
			out.Rejected = append(out.Rejected, rejectedRow(i, feed.Invalidf("article_ids", "holds %d; ids are above 0", ids[i])))
		default:
			out.Rejected = append(out.Rejected, rejectedRow(i, feed.Invalidf("article_ids", "holds %d, which is no article's", ids[i])))
		}
	}
	c.countRows("withdrawn", int(out.Updated))
	return out, nil
}

// ArticleOf is a row as the domain has it. The message is ours alone and is not
// used again, so slices are shared where the types allow.
func ArticleOf(in *recov1.CatalogArticle) feed.Article {
	channels := make([]feed.ChannelID, len(in.ChannelIds))
	for i, c := range in.ChannelIds {
		channels[i] = feed.ChannelID(c)
	}
	return feed.Article{
		ID:        feed.ArticleID(in.ArticleId),
		Channels:  channels,
		Published: feed.Millis(in.PublishTime),
		Expires:   feed.Millis(in.ExpireTime),
		Title:     in.Title,
		URL:       in.Url,
		Author:    in.AuthorId,
		Tags:      in.Tags,
		Language:  in.Language,
		Embedding: in.Embedding,
		Boost:     in.Boost,
	}
}

func catalogArticles(articles []feed.Article) []*recov1.CatalogArticle {
	out := make([]*recov1.CatalogArticle, len(articles))
	for i := range articles {
		a := &articles[i]
		channels := make([]int32, len(a.Channels))
		for j, c := range a.Channels {
			channels[j] = int32(c)
		}
		out[i] = &recov1.CatalogArticle{
			ArticleId:   int64(a.ID),
			ChannelIds:  channels,
			PublishTime: int64(a.Published),
			ExpireTime:  int64(a.Expires),
			Title:       a.Title,
			Url:         a.URL,
			AuthorId:    a.Author,
			Tags:        a.Tags,
			Language:    a.Language,
			Embedding:   a.Embedding,
			Boost:       a.Boost,
			Withdrawn:   a.Withdrawn,
		}
	}
	return out
}

// Package recommend makes pages: recall, filter, features, rank, slate, page.
//
// A [Recommender] holds no state of readers that matters while the store is
// there; it reads a reader's profile from the store, asks the sources, and puts
// the page back by compare-and-set, so that any number of replicas may serve
// one reader. It reads no clock: every call is told the time.
//
// While the store is away, it can go on with pages that are not recorded, see
// [Config]: it then remembers a little of readers, so that these repeat nothing
// either.
//
// It promises what the contract promises of a refresh: no article twice, full
// pages, only eligible articles, and an answer for readers nobody knows.
package recommend

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"readnext/internal/feed"
	"readnext/internal/model/affinity"
	"readnext/internal/model/catalog"
)

// Readers is what a Recommender needs of the store.
type Readers interface {
	Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error)
	PutPage(ctx context.Context, page *feed.Page, version uint64) error
	PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (*feed.Page, error)
	// Articles is asked for those of a page that the catalogue in memory dropped.
	Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error)
}

// Source proposes candidates and fills features of all candidates, its own
// proposals or not.
type Source interface {
	Name() string
	// FeatureNames names the columns that Score fills.
	FeatureNames() []string
	// Recall appends up to n proposals, best first. They need be neither
	// eligible nor new to the reader.
	Recall(q *feed.Query, n int, dst []feed.Proposal) []feed.Proposal
	// Score sets Features[col], Features[col+1], ... of every candidate to
	// finite values.
	Score(q *feed.Query, cands []feed.Candidate, col int)
}

// Ranker sets the Score of every candidate from its Features, whose columns
// are those of [FeatureNames]. Scores are finite; higher is better.
type Ranker interface {
	Rank(q *feed.Query, cands []feed.Candidate)
	// Contributions sets dst[col] to what each feature of a ranked candidate
	// adds to its Score, which is without an editor's boost. What no feature
	// adds, such as a bias, is in none of them, and the same for all candidates.
	Contributions(q *feed.Query, c *feed.Candidate, dst []float64)
	// Trust sets dst to how much the list of each source, in order, says about
	// what Rank will put first in a query, and returns how many of the candidates
	// that stand highest by it hold what is first. It is negative for sources that
	// need not be asked as long as the others propose enough; their features are
	// then 0.
	Trust(q *feed.Query, dst []float32) (trust []float32, depth int)
	// Version names the ranker's state in pages and params.
	Version() uint32
}

// Similarity proposes articles that go with an article, scores above 0.
type Similarity interface {
	Name() string
	Similar(it *feed.Item, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal
}

// Tastes tells what a reader's acts say about tags, authors and channels.
type Tastes interface {
	Taste(q *feed.Query) affinity.Taste
}

// Parts is what a Recommender is put together from.
type Parts struct {
	Readers  Readers
	Catalog  *catalog.Catalog
	Sources  []Source // at most 32
	Ranker   Ranker
	Trending Source // also among Sources
	Similar  []Similarity
	Tastes   Tastes
	Values   feed.Values
	// SigningKey returns the id of the key to sign new pages with.
	SigningKey func() uint32
	// Nonce returns a random number to tell anonymous pages apart.
	Nonce func() uint64
}

// Recommender serves pages. It is safe for concurrent use.
type Recommender struct {
	Parts
	cfg     Config
	columns []column
	names   []string // feature names by column
	memory  *memory
}

// column is where a source's features begin.
type column struct {
	source Source
	first  int
}

// New puts a Recommender together.
func New(cfg Config, parts Parts) (*Recommender, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(parts.Sources) > 32 {
		return nil, fmt.Errorf("recommend: %d sources; a candidate remembers at most 32", len(parts.Sources))
	}
	r := &Recommender{Parts: parts, cfg: cfg, memory: newMemory(cfg.Profiles, cfg.MemoryBytes)}
	for _, s := range parts.Sources {
		r.columns = append(r.columns, column{s, len(r.names)})
		r.names = append(r.names, s.FeatureNames()...)
	}
	return r, nil
}

// FeatureNames returns the names of the features that sources fill, by column.
func FeatureNames(sources []Source) []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.FeatureNames()...)
	}
	return names
}

// nearNow is how far behind the clock a time_stamp still asks for a new page.
const nearNow = 60 * feed.Second

// Recommend answers a request at a time: a new page, or one served before.
func (r *Recommender) Recommend(ctx context.Context, req Request, now feed.Millis) (Answer, error) {
	if err := req.Validate(); err != nil {
		return Answer{}, err
	}
	past := req.past(now)
	if req.User == feed.Anonymous {
		if past {
			return Answer{}, nil
		}
		return r.anonymous(ctx, req, now)
	}
	if page := r.memory.pages(req.User).at(req.Channel, req.Stamp); page != nil && r.live(page.Stamp, now) != 0 {
		return r.unrecorded(page, true, now), nil
	}
	for {
		profile, err := r.Readers.Profile(ctx, req.User, now)
		if err != nil {
			return r.degraded(ctx, req, now, nil, nil, nil, err)
		}
		r.memory.saw(req.User, profile)
		newest := profile.NewestStamp(req.Channel)
		if req.Stamp != 0 && (past || req.Stamp <= newest) {
			page, err := r.Readers.PageAt(ctx, req.User, req.Channel, req.Stamp, now-feed.PageLife)
			if err != nil {
				return Answer{}, err
			}
			if past || (page != nil && page.Stamp == req.Stamp) {
				return r.shown(ctx, page, true, now)
			}
		}
		kept := r.memory.pages(req.User)
		page, err := r.compose(ctx, kept.addTo(profile), req, now)
		if err != nil {
			return Answer{}, err
		}
		page.Older = newest
		if len(page.Places) == 0 {
			return r.nothing(newest, now), nil
		}
		page.Stamp = nextStamp(req.Stamp, max(newest, kept.newest(req.Channel)), now)
		switch err := r.Readers.PutPage(ctx, page, profile.Version); {
		case err == nil:
			r.memory.put(page)
			return r.shown(ctx, page, false, now)
		case !errors.Is(err, feed.ErrConflict):
			return r.degraded(ctx, req, now, profile, page, kept, err)
		case ctx.Err() != nil:
			return Answer{}, feed.Wrap(feed.Unavailable, ctx.Err(), "racing refreshes of one reader")
		}
	}
}

// nextStamp is the request's stamp if it is newer than the newest page and not
// in the future, else the clock, and always above the newest page.
func nextStamp(asked, newest, now feed.Millis) feed.Millis {
	if asked > newest && asked <= now {
		return asked
	}
	return max(now, newest+1)
}

// anonymous makes a page that is not stored.
func (r *Recommender) anonymous(ctx context.Context, req Request, now feed.Millis) (Answer, error) {
	page, err := r.compose(ctx, &feed.Profile{}, req, now)
	if err != nil || len(page.Places) == 0 {
		return Answer{}, err
	}
	page.Stamp = nextStamp(req.Stamp, 0, now)
	page.Nonce = r.Nonce()
	return r.shown(ctx, page, false, now)
}

// shown answers with a page, nil for none, without what was withdrawn since it
// was served or, for a new one, while it was stored. Of what the catalogue knows
// from events at most, because it was dropped, the store is asked: it keeps
// every article, and whether it is withdrawn.
func (r *Recommender) shown(ctx context.Context, page *feed.Page, again bool, now feed.Millis) (Answer, error) {
	if page == nil {
		return Answer{}, nil
	}
	answer := Answer{Page: page, Older: r.live(page.Older, now), Again: again}
	var dropped []feed.ArticleID
	for i, p := range page.Places {
		switch it := r.Catalog.Lookup(p.Article); {
		case it == nil || !it.In(feed.AllChannels):
			dropped = append(dropped, p.Article)
		case it.Withdrawn:
			answer.hide(i)
		}
	}
	if dropped == nil {
		return answer, nil
	}
	articles, err := r.Readers.Articles(ctx, dropped)
	if err != nil {
		return Answer{}, err
	}
	for i, p := range page.Places {
		if slices.ContainsFunc(articles, func(a feed.Article) bool { return a.ID == p.Article && a.Withdrawn }) {
			answer.hide(i)
		}
	}
	return answer, nil
}

// nothing answers when no eligible article is left.
func (r *Recommender) nothing(newest, now feed.Millis) Answer {
	return Answer{Older: r.live(newest, now)}
}

// live is a stamp that can still be asked for, or 0.
func (r *Recommender) live(stamp, now feed.Millis) feed.Millis {
	if stamp < now-feed.PageLife {
		return 0
	}
	return stamp
}

// compose makes a page without its stamps.
func (r *Recommender) compose(ctx context.Context, profile *feed.Profile, req Request, now feed.Millis) (*feed.Page, error) {
	if err := ctx.Err(); err != nil {
		return nil, feed.Wrap(feed.Unavailable, err, "the request ended")
	}
	s := r.take(profile, req.User, req.Channel, now)
	defer s.release()
	chosen := r.choose(s, profile, clampNum(req.Num))
	page := &feed.Page{
		User:    req.User,
		Channel: req.Channel,
		KeyID:   r.SigningKey(),
		Model:   r.Ranker.Version(),
		Places:  make([]feed.Place, len(chosen)),
	}
	for i := range chosen {
		page.Places[i] = feed.Place{
			Article:    chosen[i].Item.ID,
			Arm:        chosen[i].arm,
			Propensity: float32(chosen[i].propensity),
		}
	}
	return page, nil
}

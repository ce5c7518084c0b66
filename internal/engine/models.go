package engine

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/model/affinity"
	"readnext/internal/model/catalog"
	"readnext/internal/model/covisit"
	"readnext/internal/model/factor"
	"readnext/internal/model/neighbours"
	"readnext/internal/model/ranker"
	"readnext/internal/model/response"
	"readnext/internal/model/trending"
	"readnext/internal/recommend"
	"readnext/internal/train"
)

// ModelsConfig sets the models; zero fields take their defaults.
type ModelsConfig struct {
	// Catalog bounds the articles in memory, and so every model's tables.
	Catalog  catalog.Config
	Trending trending.Config
	Covisit  covisit.Config
	// Rules are the same over minutes: what follows what in this hour's news.
	Rules      covisit.Config
	Neighbours neighbours.Config
	Affinity   affinity.Config
	Factor     factor.Config
	Response   response.Config
	Ranker     ranker.Config
	Train      train.Config
}

// EnsureDefaults fills zero fields.
func (c *ModelsConfig) EnsureDefaults() {
	c.Catalog.EnsureDefaults()
	c.Trending.EnsureDefaults()
	c.Covisit.EnsureDefaults()
	orElse(&c.Rules, covisit.Config{
		Name: "rules", HalfLife: 30 * feed.Minute, Window: 30 * feed.Minute, GapHalf: 30 * feed.Minute,
		AgeHalf: 30 * feed.Minute, Damping: -1, SourceDamping: -1, Reverse: 0.2, Readers: 50_000,
	})
	c.Rules.EnsureDefaults()
	c.Neighbours.EnsureDefaults()
	c.Affinity.EnsureDefaults()
	c.Factor.EnsureDefaults()
	c.Response.EnsureDefaults()
	if c.Ranker.Initial == nil {
		c.Ranker.Initial = DefaultWeights()
		c.Ranker.Reported = ReportedWeights()
		c.Ranker.Shelved = ShelfWeights()
	}
	c.Ranker.EnsureDefaults()
	c.Train.EnsureDefaults()
}

func orElse[T comparable](p *T, v T) {
	if *p == *new(T) {
		*p = v
	}
}

// Validate reports what is out of range.
func (c *ModelsConfig) Validate() error {
	return errors.Join(c.Catalog.Validate(), c.Trending.Validate(), c.Covisit.Validate(), c.Rules.Validate(), c.Neighbours.Validate(), c.Factor.Validate(), c.Affinity.Validate(), c.Response.Validate(), c.Ranker.Validate(), c.Train.Validate())
}

// models is one set of everything that is folded from the log, with the
// recommender that serves from it.
type models struct {
	catalog     *catalog.Catalog
	trending    *trending.Model
	covisit     *covisit.Model
	rules       *covisit.Model
	neighbours  *neighbours.Model
	factor      *factor.Model
	affinity    *affinity.Model
	response    *response.Model
	ranker      *ranker.Model
	recommender *recommend.Recommender
	trainer     *train.Trainer
}

func newModels(cfg *Config, outside recommend.Parts) (*models, error) {
	m := &models{}
	var err error
	if m.catalog, err = catalog.New(cfg.Models.Catalog); err != nil {
		return nil, err
	}
	if m.trending, err = trending.New(cfg.Models.Trending); err != nil {
		return nil, err
	}
	if m.covisit, err = covisit.New(cfg.Models.Covisit); err != nil {
		return nil, err
	}
	if m.rules, err = covisit.New(cfg.Models.Rules); err != nil {
		return nil, err
	}
	if m.neighbours, err = neighbours.New(cfg.Models.Neighbours); err != nil {
		return nil, err
	}
	if m.factor, err = factor.New(cfg.Models.Factor); err != nil {
		return nil, err
	}
	if m.affinity, err = affinity.New(cfg.Models.Affinity); err != nil {
		return nil, err
	}
	if m.response, err = response.New(cfg.Models.Response); err != nil {
		return nil, err
	}
	parts := m.parts(outside)
	all := parts.Sources
	if parts.Sources, err = pick(all, cfg.Sources); err != nil {
		return nil, err
	}
	known := func(name string) bool { return slices.Contains(recommend.FeatureNames(all), name) }
	if m.ranker, err = newRanker(cfg.Models.Ranker, known, parts.Sources); err != nil {
		return nil, err
	}
	parts.Ranker = m.ranker
	if m.recommender, err = recommend.New(cfg.Recommend, parts); err != nil {
		return nil, err
	}
	m.trainer, err = train.New(cfg.Models.Train, m.recommender, m.ranker, m.catalog)
	return m, err
}

// cost is what asking a source takes, for proposals and features together, in
// microseconds, where it is much: measured with five acts a reader on the world of
// `readnext bench`. Which is dearer is what counts.
func cost(source string) float64 {
	switch source {
	case "neighbours":
		return 33
	case "factor":
		return 22
	case "affinity":
		return 20
	case "covisit":
		return 15
	case "rules":
		return 9
	}
	return 0
}

// newRanker makes a ranker of features; initial weights of features that were
// left out with their source are left out, too, unless no source has them.
func newRanker(cfg ranker.Config, known func(string) bool, sources []recommend.Source) (*ranker.Model, error) {
	features := recommend.FeatureNames(sources)
	absent := func(name string, _ float64) bool { return known(name) && !slices.Contains(features, name) }
	cfg.Initial, cfg.Reported, cfg.Shelved = maps.Clone(cfg.Initial), maps.Clone(cfg.Reported), maps.Clone(cfg.Shelved)
	maps.DeleteFunc(cfg.Initial, absent)
	maps.DeleteFunc(cfg.Reported, absent)
	maps.DeleteFunc(cfg.Shelved, absent)
	r, err := ranker.New(cfg)
	if err != nil {
		return nil, err
	}
	var told []ranker.Source
	for _, s := range sources {
		told = append(told, ranker.Source{Features: s.FeatureNames(), Cost: cost(s.Name())})
	}
	return r, r.Bind(told)
}

// forLearner lists the models in the order they are told of things.
func (m *models) forLearner() learn.Models {
	return learn.Models{
		Catalog:   m.catalog,
		Observers: []learn.Observer{m.trending, m.covisit, m.rules, m.neighbours, m.factor, m.affinity, m.response},
		Trainer:   trainer{m.trainer, m.ranker},
		AtRest:    m.factor.Refit,
		Forget:    m.recommender.Forgotten,
	}
}

// parts puts the models into a recommender's parts.
func (m *models) parts(p recommend.Parts) recommend.Parts {
	p.Catalog = m.catalog
	p.Trending = m.trending
	p.Sources = []recommend.Source{m.covisit, m.rules, m.neighbours, m.factor, m.affinity, m.response, m.trending, recommend.Fresh{Catalog: m.catalog}}
	p.Similar = []recommend.Similarity{byOrd{m.covisit}, byOrd{m.factor}, m.affinity}
	p.Tastes = m.affinity
	return p
}

// SourceNames returns the names of all sources.
func SourceNames() []string {
	var cfg Config
	cfg.EnsureDefaults()
	m, err := newModels(&cfg, recommend.Parts{})
	if err != nil {
		panic(err) // the defaults are wrong
	}
	return namesOf(m.parts(recommend.Parts{}).Sources)
}

func namesOf(sources []recommend.Source) []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Name())
	}
	return names
}

// pick returns the sources of some names.
func pick(sources []recommend.Source, names []string) ([]recommend.Source, error) {
	if names == nil {
		return sources, nil
	}
	for _, name := range names {
		if !slices.Contains(namesOf(sources), name) {
			return nil, fmt.Errorf("there is no source %q; there are %s", name, strings.Join(namesOf(sources), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(sources), func(s recommend.Source) bool {
		return !slices.Contains(names, s.Name())
	}), nil
}

// trainer is the trainer with the ranker it trains, of one mind in snapshots.
type trainer struct {
	*train.Trainer
	ranker *ranker.Model
}

// WriteSnapshot writes both.
func (t trainer) WriteSnapshot(w io.Writer) error {
	if err := t.ranker.WriteSnapshot(w); err != nil {
		return err
	}
	return t.Trainer.WriteSnapshot(w)
}

// ReadSnapshot reads both.
func (t trainer) ReadSnapshot(r io.Reader) error {
	if err := t.ranker.ReadSnapshot(r); err != nil {
		return err
	}
	return t.Trainer.ReadSnapshot(r)
}

// byOrd makes a model that names articles by number a similarity.
type byOrd struct {
	model interface {
		Name() string
		Similar(ord feed.Ord, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal
	}
}

// Name names the model.
func (b byOrd) Name() string { return b.model.Name() }

// Similar proposes what goes with an article.
func (b byOrd) Similar(it *feed.Item, now feed.Millis, n int, dst []feed.Proposal) []feed.Proposal {
	return b.model.Similar(it.Ord, now, n, dst)
}

// sizes reports how much the models hold.
func (m *models) sizes(yield func(model, name string, n int)) {
	for _, s := range []struct {
		model string
		sizes func(yield func(name string, n int))
	}{
		{"catalog", m.catalog.Sizes}, {"trending", m.trending.Sizes}, {"covisit", m.covisit.Sizes}, {"rules", m.rules.Sizes}, {"factor", m.factor.Sizes}, {"neighbours", m.neighbours.Sizes},
		{"affinity", m.affinity.Sizes}, {"response", m.response.Sizes}, {"ranker", m.ranker.Sizes}, {"trainer", m.trainer.Sizes},
	} {
		s.sizes(func(name string, n int) { yield(s.model, name, n) })
	}
}

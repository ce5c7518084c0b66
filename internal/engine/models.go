package engine

import (
	"errors"

	"readnext/internal/feed"
	"readnext/internal/learn"
	"readnext/internal/model/affinity"
	"readnext/internal/model/catalog"
	"readnext/internal/model/covisit"
	"readnext/internal/model/trending"
	"readnext/internal/recommend"
)

// ModelsConfig sets the models; zero fields take their defaults.
type ModelsConfig struct {
	Trending trending.Config
	Covisit  covisit.Config
	Affinity affinity.Config
}

// EnsureDefaults fills zero fields.
func (c *ModelsConfig) EnsureDefaults() {
	c.Trending.EnsureDefaults()
	c.Covisit.EnsureDefaults()
	c.Affinity.EnsureDefaults()
}

// Validate reports what is out of range.
func (c *ModelsConfig) Validate() error {
	return errors.Join(c.Trending.Validate(), c.Covisit.Validate(), c.Affinity.Validate())
}

// models is one set of everything that is folded from the log.
type models struct {
	catalog  *catalog.Catalog
	trending *trending.Model
	covisit  *covisit.Model
	affinity *affinity.Model
}

func newModels(cfg *ModelsConfig) (*models, error) {
	t, err := trending.New(cfg.Trending)
	if err != nil {
		return nil, err
	}
	c, err := covisit.New(cfg.Covisit)
	if err != nil {
		return nil, err
	}
	a, err := affinity.New(cfg.Affinity)
	if err != nil {
		return nil, err
	}
	return &models{catalog: catalog.New(), trending: t, covisit: c, affinity: a}, nil
}

// forLearner lists the models in the order they are told of things.
func (m *models) forLearner() learn.Models {
	return learn.Models{Catalog: m.catalog, Observers: []learn.Observer{m.trending, m.covisit, m.affinity}}
}

// parts puts the models into a recommender's parts.
func (m *models) parts(p recommend.Parts) recommend.Parts {
	p.Catalog = m.catalog
	p.Trending = m.trending
	p.Sources = []recommend.Source{m.covisit, m.affinity, m.trending, recommend.Fresh{Catalog: m.catalog}}
	p.Similar = []recommend.Similarity{byOrd{m.covisit}, m.affinity}
	p.Tastes = m.affinity
	return p
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
		{"catalog", m.catalog.Sizes}, {"trending", m.trending.Sizes}, {"covisit", m.covisit.Sizes},
		{"affinity", m.affinity.Sizes},
	} {
		s.sizes(func(name string, n int) { yield(s.model, name, n) })
	}
}

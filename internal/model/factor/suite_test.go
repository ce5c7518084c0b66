package factor_test

import (
	"testing"

	"readnext/internal/model/factor"
	"readnext/internal/model/modeltest"
)

func must(m *factor.Model, err error) *factor.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small takes fits all the time and drops articles, edges and readers.
func small() modeltest.Model {
	return must(factor.New(factor.Config{
		PerReader: 8, Interactions: 60, Readers: 20, Articles: 30, Neighbours: 12, Ridge: 1, First: 10,
	}))
}

// regressed takes the way of large catalogues.
func regressed() modeltest.Model {
	return must(factor.New(factor.Config{Dense: 1, First: 100, Ridge: 3}))
}

func full() modeltest.Model { return must(factor.New(factor.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Personal(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("fitted", modeltest.Articles),
		modeltest.Bound("edges", modeltest.Articles*modeltest.Articles),
		modeltest.Bound("interactions", modeltest.Articles*modeltest.Readers),
		modeltest.Bound("readers", modeltest.Readers))
}

func TestModelRegressed(t *testing.T) { modeltest.Run(t, regressed, modeltest.Personal()) }

func TestModelSmall(t *testing.T) {
	modeltest.Run(t, small,
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("fitted", 30),
		modeltest.Bound("edges", 30*12),
		modeltest.Bound("interactions", 60),
		modeltest.Bound("readers", 20))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

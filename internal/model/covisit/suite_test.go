package covisit_test

import (
	"testing"

	"readnext/internal/model/covisit"
	"readnext/internal/model/modeltest"
)

func must(m *covisit.Model, err error) *covisit.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small drops edges and readers all the time.
func small() modeltest.Model {
	return must(covisit.New(covisit.Config{Neighbours: 5, Readers: 10, Positions: 4}))
}

func full() modeltest.Model { return must(covisit.New(covisit.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Personal(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("edges", modeltest.Articles*64),
		modeltest.Bound("readers", modeltest.Readers))
}

func TestModelSmall(t *testing.T) {
	modeltest.Run(t, small,
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("edges", modeltest.Articles*5),
		modeltest.Bound("readers", 10))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

package neighbours_test

import (
	"testing"

	"readnext/internal/model/modeltest"
	"readnext/internal/model/neighbours"
)

func must(m *neighbours.Model, err error) *neighbours.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small drops trails, articles and readers all the time.
func small() modeltest.Model {
	return must(neighbours.New(neighbours.Config{Readers: 12, Length: 6, PerArticle: 4, Neighbours: 5, Latest: 4}))
}

func full() modeltest.Model { return must(neighbours.New(neighbours.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Personal(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("trails", modeltest.Readers),
		modeltest.Bound("entries", modeltest.Readers*20),
		modeltest.Bound("listed", modeltest.Readers*20))
}

func TestModelSmall(t *testing.T) {
	modeltest.Run(t, small,
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("trails", 12),
		modeltest.Bound("entries", 12*6),
		modeltest.Bound("listed", 12*6))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

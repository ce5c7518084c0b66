package affinity_test

import (
	"testing"

	"readnext/internal/model/affinity"
	"readnext/internal/model/modeltest"
)

func must(m *affinity.Model, err error) *affinity.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small has lists so short that most articles are on none.
func small() modeltest.Model {
	return must(affinity.New(affinity.Config{PerName: 3, Flat: 10, Newest: 5, Nearest: 6, Latest: 4, Tags: 2, Authors: 1}))
}

func full() modeltest.Model { return must(affinity.New(affinity.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Personal(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("tags", 12),
		modeltest.Bound("authors", 4))
}

func TestModelSmall(t *testing.T) {
	modeltest.Run(t, small, modeltest.Bound("listed", (12+4)*3))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

func BenchmarkEmbeddings(b *testing.B) { modeltest.Bench(b, full, true) }

package trending_test

import (
	"testing"

	"readnext/internal/model/modeltest"
	"readnext/internal/model/trending"
)

func must(m *trending.Model, err error) *trending.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small has lists so short that articles drop out and are scanned for.
func small() modeltest.Model { return must(trending.New(trending.Config{Top: 3})) }

func full() modeltest.Model { return must(trending.New(trending.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Bound("articles", modeltest.Articles))
}

func TestModelSmall(t *testing.T) {
	const lists = 3 * (1 + modeltest.Channels)
	modeltest.Run(t, small,
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("channels", 1+modeltest.Channels),
		modeltest.Bound("listed", lists*2*5))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

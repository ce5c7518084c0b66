package response_test

import (
	"testing"

	"readnext/internal/model/modeltest"
	"readnext/internal/model/response"
)

func must(m *response.Model, err error) *response.Model {
	if err != nil {
		panic(err)
	}
	return m
}

// small makes room for readers, tastes and exposures all the time.
func small() modeltest.Model {
	return must(response.New(response.Config{Readers: 10, Tastes: 4, Shown: 3}))
}

func full() modeltest.Model { return must(response.New(response.Config{})) }

func TestModel(t *testing.T) {
	modeltest.Run(t, full, modeltest.Personal(), modeltest.Silent(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("names", 100),
		modeltest.Bound("readers", modeltest.Readers))
}

func TestModelSmall(t *testing.T) {
	modeltest.Run(t, small, modeltest.Silent(),
		modeltest.Bound("articles", modeltest.Articles),
		modeltest.Bound("readers", 10),
		modeltest.Bound("tastes", 40),
		modeltest.Bound("shown", 30))
}

func FuzzReadSnapshot(f *testing.F) { modeltest.Fuzz(f, small) }

func BenchmarkModel(b *testing.B) { modeltest.Bench(b, full, false) }

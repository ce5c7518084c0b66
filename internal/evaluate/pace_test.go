package evaluate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/feed"
)

// TestRowsOfAFile imports what readers read, sorted by article, with times that
// a machine gave: what is asked for then, at once or later, is what else they
// would read, not what comes next in the file.
func TestRowsOfAFile(t *testing.T) {
	ctx := context.Background()
	for name, times := range map[string]func(row, reader int) feed.Millis{
		"every millisecond": func(row, _ int) feed.Millis { return feed.Millis(row) },
		"every second":      func(row, _ int) feed.Millis { return feed.Millis(row) * feed.Second },
		"by days":           func(_, reader int) feed.Millis { return feed.Millis(reader) * feed.Day },
	} {
		e, err := evaluate.NewEngine(ctx, name, engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Put(ctx, articles(60, begin-feed.Day)); err != nil {
			t.Fatal(err)
		}
		end := feed.Millis(0)
		held := learnShelves(ctx, t, e, func(row, reader int) feed.Millis {
			end = times(row, reader)
			return end
		})
		e.Settle()
		atOnce, later := found(ctx, t, e, held, begin+end+1), found(ctx, t, e, held, begin+end+feed.Day)
		if least := len(held) * 8 / 10; atOnce < least || later < least {
			t.Errorf("%s: of %d held back, %d are found at once, %d a day later", name, len(held), atOnce, later)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// learnShelves has 600 readers read of the 12 articles of one of 5 shelves most
// of the first half and some of the second, in the order of the articles, and
// returns what of the first half the last 60 had read and is held back.
func learnShelves(ctx context.Context, t *testing.T, e *evaluate.Engine, at func(row, reader int) feed.Millis) map[feed.UserID]feed.ArticleID {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 1))
	held := map[feed.UserID]feed.ArticleID{}
	row := 0
	for reader := range 600 {
		user := fmt.Sprintf("r%d", reader)
		read := make([]bool, 12)
		read[rng.IntN(6)] = true
		for i := range read {
			read[i] = read[i] || rng.Float64() < 0.95-0.55*float64(i/6)
		}
		hold := -1
		if reader >= 540 {
			for hold = rng.IntN(6); !read[hold]; hold = (hold + 1) % 6 {
			}
			held[feed.UserID(user)] = feed.ArticleID(reader%5*12 + hold + 1)
		}
		for i, is := range read {
			if !is || i == hold {
				continue
			}
			row++
			if err := e.Learn(ctx, click(user, feed.ArticleID(reader%5*12+i+1), at(row, reader))); err != nil {
				t.Fatal(err)
			}
		}
	}
	return held
}

// found counts readers of whose first 2 articles one is what was held back.
func found(ctx context.Context, t *testing.T, e *evaluate.Engine, held map[feed.UserID]feed.ArticleID, now feed.Millis) int {
	t.Helper()
	n := 0
	for user, want := range held {
		ids, err := e.Rank(ctx, user, 1, now, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if id == want {
				n++
			}
		}
	}
	return n
}

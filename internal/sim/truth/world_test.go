package truth_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

const born = 20000 * feed.Day

func newWorld(t testing.TB, cfg truth.Config) *truth.World {
	t.Helper()
	cfg.Born = born
	w, err := truth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func small(seed uint64) truth.Config {
	return truth.Config{Seed: seed, Readers: 80, Days: 4, Articles: 150}
}

func TestSameSeedSameWorld(t *testing.T) {
	a, b := newWorld(t, small(7)), newWorld(t, small(7))
	if !reflect.DeepEqual(a, b) {
		t.Error("two worlds of one seed differ")
	}
	if c := newWorld(t, small(8)); reflect.DeepEqual(a.Articles(), c.Articles()) || reflect.DeepEqual(a.Refreshes(), c.Refreshes()) {
		t.Error("two seeds make the same articles or visits")
	}
	cfg := small(7)
	cfg.Readers = 100
	if more := newWorld(t, cfg); !reflect.DeepEqual(a.Articles(), more.Articles()) {
		t.Error("more readers changed the articles")
	}
}

func TestArticlesAreValid(t *testing.T) {
	w := newWorld(t, small(1))
	last := feed.Millis(0)
	for i := range w.Articles() {
		a := &w.Articles()[i]
		before := a.Article
		a.Normalize(0)
		if err := a.Validate(); err != nil || !reflect.DeepEqual(before, a.Article) {
			t.Errorf("article %d is not normalized or valid: %v", a.ID, err)
		}
		if a.ID != feed.ArticleID(i+1) || a.Published < last || w.Article(a.ID) != a {
			t.Errorf("article %d is out of order", a.ID)
		}
		last = a.Published
		if len(a.Tags) < 2 || !strings.HasPrefix(a.Tags[0], "topic-") || a.Author == "" {
			t.Errorf("article %d is poor: %+v", a.ID, a.Article)
		}
	}
	if w.Article(0) != nil || w.Article(feed.ArticleID(len(w.Articles())+1)) != nil {
		t.Error("there are articles that nobody wrote")
	}
}

func TestRefreshesAreInOrder(t *testing.T) {
	w := newWorld(t, small(2))
	pages := make(map[int]int)
	visit := make(map[int]int)
	last := feed.Millis(0)
	newcomers := 0
	for _, r := range w.Refreshes() {
		reader := &w.Readers()[r.Reader]
		if r.At < last || r.At < w.Begin() || r.At < reader.Joined {
			t.Fatalf("a refresh at %d after one at %d by a reader of %d", r.At, last, reader.Joined)
		}
		last = r.At
		if r.Page != pages[r.Reader] || r.Visit < visit[r.Reader] || r.Visit > visit[r.Reader]+1 {
			t.Errorf("%+v follows page %d of visit %d", r, pages[r.Reader]-1, visit[r.Reader])
		}
		if r.Page == 0 && r.Reader >= 80 {
			newcomers++
			if r.At != reader.Joined {
				t.Errorf("%s joined at %d and came at %d", reader.ID, reader.Joined, r.At)
			}
		}
		pages[r.Reader]++
		visit[r.Reader] = r.Visit
	}
	// 5% of 80 a day.
	if newcomers < 5 || newcomers > 30 || newcomers != len(w.Readers())-80 {
		t.Errorf("%d newcomers of %d readers", newcomers, len(w.Readers()))
	}
}

func TestNewsBreaksWithARush(t *testing.T) {
	cfg := small(3)
	cfg.Breaks = 5
	w := newWorld(t, cfg)
	if n := len(w.Breaks()); n < 8 || n > 35 {
		t.Fatalf("%d news breaks in 4 days of 5 each", n)
	}
	for _, b := range w.Breaks() {
		a := w.Article(b.Article)
		if b.At < a.Published || b.At != a.Breaks {
			t.Errorf("article %d of %d breaks at %d", a.ID, a.Published, b.At)
		}
		if b.At+10*feed.Minute > w.End() {
			continue
		}
		soon := 0
		for _, d := range w.Direct() {
			if d.Article == a.ID && d.At >= b.At && d.At < b.At+2*feed.Minute {
				soon++
			}
		}
		if soon < 15 || soon > 70 {
			t.Errorf("%d clicks within two minutes", soon)
		}
		for i := range w.Readers() {
			r := &w.Readers()[i]
			before, after := w.Hazard(r, a, b.At-1), w.Hazard(r, a, b.At)
			if after < 3.9*before {
				t.Errorf("the news is %v to a reader, and was %v", after, before)
			}
		}
	}
	visitors := make(map[feed.UserID]bool)
	for _, d := range w.Direct() {
		if visitors[d.Visitor] || d.At < w.Article(d.Article).Published {
			t.Errorf("%+v came before, or too early", d)
		}
		visitors[d.Visitor] = true
	}
}

func TestTastesAreAHandfulAndDrift(t *testing.T) {
	const days = 28
	for _, drift := range []float64{0.01, 0.05} {
		cfg := small(4)
		cfg.Days = days
		cfg.Drift = drift
		kept, want := keptLoves(t, newWorld(t, cfg)), math.Pow(1-drift, days-1)
		if math.Abs(kept-want) > 0.15 {
			t.Errorf("with a drift of %v a day %v of the loves are left after four weeks, want about %v", drift, kept, want)
		}
	}
}

// keptLoves returns what share of the topics that readers love in the beginning
// they still do in the end.
func keptLoves(t *testing.T, w *truth.World) float64 {
	t.Helper()
	loved := func(r *truth.Reader, now feed.Millis) (topics []int) {
		for i := range w.Articles() {
			a := w.Articles()[i]
			a.Second, a.Breaks = a.Sub, 0
			if w.Interested(r, &a, now) && !slices.Contains(topics, a.Topic) {
				topics = append(topics, a.Topic)
			}
		}
		return topics
	}
	var first, kept int
	for i := range w.Readers()[:40] {
		r := &w.Readers()[i]
		then, now := loved(r, w.Begin()), loved(r, w.End()-1)
		if len(then) < 2 || len(then) > 7 {
			t.Errorf("%s loves %d topics", r.ID, len(then))
		}
		first += len(then)
		for _, topic := range then {
			if slices.Contains(now, topic) {
				kept++
			}
		}
	}
	return float64(kept) / float64(first)
}

// TestTagsNameSubTopics counts the articles that say what they are about, and
// those that say something else.
func TestTagsNameSubTopics(t *testing.T) {
	const prefix = "sub-topic-"
	for _, share := range []float64{-1, 0.5, 1} {
		cfg := small(9)
		cfg.Named = share
		w := newWorld(t, cfg)
		named := 0
		for i := range w.Articles() {
			a := &w.Articles()[i]
			for _, tag := range a.Tags {
				if strings.HasPrefix(tag, prefix) {
					named++
					if want := fmt.Sprintf(prefix+"%d-%d", a.Topic, a.Sub%w.Config().Subtopics); tag != want {
						t.Errorf("an article on %s has the tag %s", want, tag)
					}
				}
			}
		}
		got, want := float64(named)/float64(len(w.Articles())), max(share, 0)
		if math.Abs(got-want) > 0.05 || share != 0.5 && got != want {
			t.Errorf("%v of the articles name their sub-topic, want %v", got, want)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []truth.Config{
		{},
		{Born: born + 1},
		{Born: born, Days: -1},
		{Born: born, Readers: -1},
		{Born: born, Articles: -1},
		{Born: born, Topics: 3},
		{Born: born, Subtopics: 1},
		{Born: born, Circles: -1},
		{Born: born, Drift: 2},
		{Born: born, Named: 2},
		{Born: born, Newcomers: 1000},
		{Born: born, Visits: -1},
		{Born: born, Leave: 2},
		{Born: born, Base: -1},
		{Born: born, QualitySpread: -1},
		{Born: born, HalfLife: -1},
		{Born: born, Fatigue: 2},
	} {
		if _, err := truth.New(cfg); err == nil {
			t.Errorf("New(%+v) is no error", cfg)
		}
	}
	cfg := small(1)
	cfg.Newcomers, cfg.Breaks, cfg.Direct = -1, -1, -1
	w := newWorld(t, cfg)
	if len(w.Readers()) != 80 || len(w.Breaks()) != 0 || len(w.Direct()) != 0 {
		t.Errorf("%d readers, %d breaks, %d direct clicks", len(w.Readers()), len(w.Breaks()), len(w.Direct()))
	}
}

package truth_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/sim/truth"
)

// TestClicksAreAsLikelyAsSaid shows many articles to many readers.
func TestClicksAreAsLikelyAsSaid(t *testing.T) {
	w := newWorld(t, small(5))
	now := w.Begin() + feed.Day
	var expected, variance float64
	clicks := 0
	for i := range w.Readers() {
		r := &w.Readers()[i]
		for k := range w.Articles() {
			a := &w.Articles()[k]
			if a.Published > now {
				break
			}
			var m truth.Mood
			w.Enter(&m, 0)
			p := w.ClickProbability(r, &m, a, k%10, now)
			if !(p >= 0 && p <= 1) {
				t.Fatalf("a click has the probability %v", p)
			}
			expected += p
			variance += p * (1 - p)
			deeds := w.Respond(i, a, k%10, p, now)
			if !slices.EqualFunc(deeds, w.Respond(i, a, k%10, p, now), func(a, b truth.Deed) bool { return a == b }) {
				t.Fatal("a reader answers the same page twice in two ways")
			}
			if len(w.Respond(i, a, k%10, 0, now)) != 0 || len(w.Respond(i, a, k%10, 1, now)) == 0 {
				t.Fatal("the impossible happened, or the certain did not")
			}
			if len(deeds) > 0 {
				clicks++
				checkDeeds(t, deeds)
			}
		}
	}
	if math.Abs(float64(clicks)-expected) > 4*math.Sqrt(variance) {
		t.Errorf("%d clicks where %v +- %v are expected", clicks, expected, math.Sqrt(variance))
	}
}

func checkDeeds(t *testing.T, deeds []truth.Deed) {
	t.Helper()
	if deeds[0].Action != feed.Click || len(deeds) < 2 || deeds[1].Action != feed.Read || deeds[1].ReadTime <= 0 {
		t.Errorf("a click went on as %+v", deeds)
	}
	if !slices.IsSortedFunc(deeds, func(a, b truth.Deed) int { return int(a.After - b.After) }) || deeds[0].After <= 0 {
		t.Errorf("deeds are out of order: %+v", deeds)
	}
}

func TestAttentionFadesDownThePage(t *testing.T) {
	w := newWorld(t, small(5))
	r := w.Readers()[0]
	if r.Examine(0) != 1 || math.Abs(r.Examine(7)-math.Pow(8, -r.Bias)) > 1e-12 {
		t.Errorf("position 0 is looked at with %v, 7 with %v", r.Examine(0), r.Examine(7))
	}
}

func TestInterestHalvesWithAge(t *testing.T) {
	a := truth.Article{Article: feed.Article{Published: born}, HalfLife: 5 * feed.Hour}
	for _, test := range []struct {
		age  feed.Millis
		want float64
	}{{-feed.Hour, 1}, {0, 1}, {5 * feed.Hour, 0.5}, {20 * feed.Hour, 1.0 / 9}} {
		if got := a.Freshness(born + test.age); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("at %d h it is %v, want %v", test.age/feed.Hour, got, test.want)
		}
	}
}

func TestVisitsTire(t *testing.T) {
	w := newWorld(t, small(5))
	r, a := &w.Readers()[0], &w.Articles()[0]
	now := w.Begin()
	var m truth.Mood
	w.Enter(&m, 3)
	h := w.Hazard(r, a, now)
	for n := range 3 {
		want := -math.Expm1(-h * math.Pow(0.92, float64(n)))
		if got := w.ClickProbability(r, &m, a, 0, now); math.Abs(got-want) > 1e-12 {
			t.Errorf("after %d on the topic: %v, want %v", n, got, want)
		}
		m.Show(a)
	}
	w.Enter(&m, 3)
	if w.Fatigue(&m, a.Topic) == 1 {
		t.Error("entering the same visit again rests a reader")
	}
	w.Enter(&m, 4)
	if w.Fatigue(&m, a.Topic) != 1 {
		t.Error("a new visit begins tired")
	}
}

// TestOracleLeavesNothingOut holds pages against a search of all articles for
// every place.
func TestOracleLeavesNothingOut(t *testing.T) {
	cfg := small(6)
	cfg.Breaks = 5
	w := newWorld(t, cfg)
	for n, refresh := range w.Refreshes() {
		if n%7 != 0 || n > 2000 {
			continue
		}
		r, now := &w.Readers()[refresh.Reader], refresh.At
		var m truth.Mood
		w.Enter(&m, 0)
		for k := range n % 30 {
			m.Show(&w.Articles()[k])
		}
		skip := func(id feed.ArticleID) bool { return id%5 == 0 }
		var believed func(*truth.Article) float64
		quality := func(a *truth.Article) float64 { return a.Quality }
		if n%2 == 0 {
			believed = func(a *truth.Article) float64 { return 1 + float64(a.ID%3) }
			quality = believed
		}
		got := w.Oracle(r, &m, refresh.Channel, now, 10, skip, believed)
		taken := make(map[feed.ArticleID]bool)
		for place := range 10 {
			best, most := feed.ArticleID(0), -1.0
			for i := range w.Articles() {
				a := &w.Articles()[i]
				if a.Published > now || a.Expires != 0 && a.Expires <= now || skip(a.ID) || taken[a.ID] ||
					refresh.Channel != feed.AllChannels && !slices.Contains(a.Channels, refresh.Channel) {
					continue
				}
				if h := w.Hazard(r, a, now) / a.Quality * quality(a) * w.Fatigue(&m, a.Topic); h > most*(1+1e-9) {
					best, most = a.ID, h
				}
			}
			if place >= len(got) || got[place] != best {
				t.Fatalf("refresh %d, place %d: got %v, want %d", n, place, got, best)
			}
			taken[best] = true
			m.Show(w.Article(best))
		}
	}
	var m truth.Mood
	w.Enter(&m, 0)
	if got := w.Oracle(&w.Readers()[0], &m, 99, born, 10, nil, nil); len(got) != 0 {
		t.Errorf("an unknown channel shows %v", got)
	}
	if got := w.Oracle(&w.Readers()[0], &m, 0, born, 0, nil, nil); len(got) != 0 {
		t.Errorf("no places show %v", got)
	}
}

// TestDistributionsAreTheStatedOnes computes what docs/simulation.md states of
// the default world.
func TestDistributionsAreTheStatedOnes(t *testing.T) {
	w := newWorld(t, truth.Config{Seed: 1, Readers: 300})
	var quality, halfLife, dwell []float64
	reader := 0
	for i := range w.Articles() {
		a := &w.Articles()[i]
		if a.Breaks == 0 { // breaking news is better than most
			quality = append(quality, math.Log(a.Quality))
		}
		halfLife = append(halfLife, math.Log(float64(a.HalfLife)/float64(feed.Hour)))
		reader = (reader + 1) % 300
		for _, d := range w.Respond(reader, a, 0, 1, a.Published) {
			if d.Action == feed.Read {
				dwell = append(dwell, math.Log(float64(d.ReadTime)/1000))
			}
		}
	}
	for _, test := range []struct {
		what               string
		x                  []float64
		mean, spread, skew float64 // of logarithms; skew: at most, either way
	}{
		{"quality", quality, 0, 0.5, 0.1},
		{"half-life, hours", halfLife, math.Log(8), 0.7, 0.1},
		{"dwell, seconds", dwell, math.Log(25), 1, 0.3},
	} {
		mean, spread, skew := moments(test.x)
		if math.Abs(mean-test.mean) > 0.15 || math.Abs(spread-test.spread) > 0.1 || math.Abs(skew) > test.skew {
			t.Errorf("log %s: mean %.3f, standard deviation %.3f, skewness %.3f", test.what, mean, spread, skew)
		}
	}
	hours := make([]int, 24)
	for _, r := range w.Refreshes() {
		hours[r.At%feed.Day/feed.Hour]++
	}
	if busy, quiet := slices.Max(hours), slices.Min(hours); busy < 2*quiet || busy > 15*quiet {
		t.Errorf("the busiest hour has %d pages, the quietest %d", busy, quiet)
	}
}

func moments(x []float64) (mean, spread, skew float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		spread += (v - mean) * (v - mean) / n
	}
	spread = math.Sqrt(spread)
	for _, v := range x {
		skew += math.Pow((v-mean)/spread, 3) / n
	}
	return mean, spread, skew
}

func ExampleWorld_Oracle() {
	w, err := truth.New(truth.Config{Seed: 1, Born: 20000 * feed.Day, Readers: 50, Days: 1})
	if err != nil {
		panic(err)
	}
	r, now := &w.Readers()[0], w.Begin()+12*feed.Hour
	var mood truth.Mood
	w.Enter(&mood, 0)
	expected := 0.0
	for position, id := range w.Oracle(r, &mood, feed.AllChannels, now, 10, nil, nil) {
		a := w.Article(id)
		expected += w.ClickProbability(r, &mood, a, position, now)
		mood.Show(a)
	}
	fmt.Println(expected > 0.5, expected < 5)
	// Output: true true
}

package trending_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/trending"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

func item(ord feed.Ord, channels ...feed.ChannelID) *feed.Item {
	return &feed.Item{ID: feed.ArticleID(100 + ord), Ord: ord, Channels: channels}
}

func click(m *trending.Model, it *feed.Item, at feed.Millis, value float64) {
	m.Observe(feed.Observation{Event: &feed.Event{User: "u", Action: feed.Click, Time: at}, Item: it, Value: value})
}

func score(m *trending.Model, q feed.Query, items ...*feed.Item) [][]float32 {
	cands := make([]feed.Candidate, len(items))
	for i, it := range items {
		cands[i] = feed.Candidate{Item: it, Features: make([]float32, len(m.FeatureNames()))}
	}
	m.Score(&q, cands, 0)
	rows := make([][]float32, len(items))
	for i := range cands {
		rows[i] = cands[i].Features
	}
	return rows
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-6) {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

// three has three half-lives, whose numbers are easy to tell.
func three(c trending.Config) trending.Config {
	c.HalfLives = []feed.Millis{feed.Hour, feed.Day, 30 * feed.Day}
	return c
}

func TestFeatures(t *testing.T) {
	m := must(trending.New(three(trending.Config{Mildness: 1})))
	if want := []string{"trending_1h", "trending_1h_log", "trending_1d", "trending_1d_log", "trending_30d", "trending_30d_log", "ctr", "pace"}; !slices.Equal(m.FeatureNames(), want) {
		t.Fatalf("features are %q, not %q", m.FeatureNames(), want)
	}
	a, b, c := item(0, 1), item(1, 1), item(2, 1)
	for _, it := range []*feed.Item{a, b, c} {
		m.ObserveItem(it)
	}
	// One act now; three two hours ago, which come in later.
	click(m, a, t0, 1)
	for range 3 {
		click(m, b, t0-2*feed.Hour, 1)
	}
	for _, now := range []feed.Millis{0, t0, t0 + 365*feed.Day} { // shares do not change
		rows := score(m, feed.Query{Channel: 1, Now: now}, a, b, c)
		near(t, "1h of a", float64(rows[0][0]), 1)
		near(t, "1h of b", float64(rows[1][0]), 0.75)          // 3·2^-2
		near(t, "1d of b", float64(rows[1][2]), 1)             // leads by 3·2^(-2/24)
		near(t, "1d of a", float64(rows[0][2]), 0.35315436)    // 1/2.8316228
		near(t, "30d of a", float64(rows[0][4]), 0.3339757627) // 1/(3·2^(-2/720))
		near(t, "log of 1h of b", float64(rows[1][1]), 1+math.Log2(0.75)/16)
		near(t, "log of 1d of a", float64(rows[0][3]), 1+math.Log2(0.35315436)/16)
		for k, v := range []float32{0, 0, 0, 0, 0, 0, 0.5} {
			if rows[2][k] != v {
				t.Errorf("%s of c is %v, not %v", m.FeatureNames()[k], rows[2][k], v)
			}
		}
	}
}

func TestMildness(t *testing.T) {
	m := must(trending.New(trending.Config{}))
	a, b := item(0, 1), item(1, 1)
	m.ObserveItem(a)
	m.ObserveItem(b)
	click(m, a, t0, 100)
	click(m, b, t0, 1)
	near(t, "a hundredth", float64(score(m, feed.Query{Now: t0}, a, b)[1][0]), 0.1)
}

func TestHalfLifeNames(t *testing.T) {
	m := must(trending.New(trending.Config{HalfLives: []feed.Millis{90 * feed.Second, 5 * feed.Minute, 36 * feed.Hour, 7 * feed.Day}}))
	if want := []string{"trending_90s", "trending_90s_log", "trending_5m", "trending_5m_log", "trending_36h", "trending_36h_log", "trending_7d", "trending_7d_log", "ctr", "pace"}; !slices.Equal(m.FeatureNames(), want) {
		t.Fatalf("features are %q, not %q", m.FeatureNames(), want)
	}
}

func TestClickRate(t *testing.T) {
	m := must(trending.New(trending.Config{}))
	a, b := item(0, 1), item(1, 1)
	observe := func(it *feed.Item, action feed.Action, n int, cause *feed.Cause) {
		for range n {
			m.Observe(feed.Observation{Event: &feed.Event{Action: action, Time: t0, Cause: cause}, Item: it})
		}
	}
	ours := &feed.Cause{}
	observe(a, feed.Exposure, 40, ours)
	observe(a, feed.Click, 10, ours)
	observe(a, feed.Read, 10, ours) // no click
	observe(b, feed.Exposure, 500, nil)
	observe(b, feed.Click, 500, nil) // not from our pages
	ctr := func(it *feed.Item, now feed.Millis) float64 {
		return float64(score(m, feed.Query{Now: now}, it)[0][2*len(m.HalfLives())])
	}
	// p0 = (10+1)/(40+20) = 0.18333; p = (10+20·p0)/(40+20) = 0.22778.
	near(t, "ctr now", ctr(a, t0), 0.5540541)
	near(t, "ctr before", ctr(a, t0-feed.Day), 0.5540541)
	// A day on a has 5 of 20, the site 9.7715997 of 39.0863988:
	// p0 = 0.1823026, p = (5+20·p0)/(20+20) = 0.2161513.
	near(t, "ctr a day later", ctr(a, t0+feed.Day), 0.5424751)
	near(t, "ctr in a million years", ctr(a, math.MaxInt64), 0.5)
	near(t, "ctr of b", ctr(b, t0), 0.5)

	// Clicks without reported exposures are no rate above 1.
	c := item(2, 1)
	observe(c, feed.Click, 10000, ours)
	if v := ctr(c, t0); v <= 0.5 || v > 1 {
		t.Errorf("ctr of clicks alone is %v", v)
	}
	// A bad article falls below what is expected.
	d := item(3, 1)
	observe(d, feed.Exposure, 200, ours)
	if v := ctr(d, t0); v >= 0.3 {
		t.Errorf("ctr without a click in 200 exposures is %v", v)
	}
}

func TestPace(t *testing.T) {
	m := must(trending.New(trending.Config{}))
	young, old, unread := item(0, 1), item(1, 1), item(2, 1)
	young.Published, old.Published = t0-30*feed.Minute, t0-450*feed.Minute
	for _, it := range []*feed.Item{young, old, unread} {
		m.ObserveItem(it)
	}
	click(m, young, t0, 1)
	click(m, old, t0, 2)
	// One act in an hour, two in eight.
	rows := score(m, feed.Query{Channel: 1, Now: t0}, young, old, unread)
	col := len(m.FeatureNames()) - 1
	near(t, "the young one's pace", float64(rows[0][col]), 1)
	near(t, "the old one's pace", float64(rows[1][col]), 1-2./16)
	near(t, "an unread one's pace", float64(rows[2][col]), 0)
}

func ords(ps []feed.Proposal) []feed.Ord {
	var list []feed.Ord
	for _, p := range ps {
		list = append(list, p.Ord)
	}
	return list
}

func TestChannels(t *testing.T) {
	m := must(trending.New(trending.Config{}))
	a := item(0)
	b := item(1, 1, 2)
	m.ObserveItem(b)
	click(m, a, t0, 1) // known from events only: counted, not listed
	click(m, a, t0, 1)
	click(m, b, t0, 1)
	check := func(c feed.ChannelID, want ...feed.Ord) {
		t.Helper()
		if got := ords(m.Top(c, 1, 10, nil)); !slices.Equal(got, want) {
			t.Fatalf("channel %d has %v, not %v", c, got, want)
		}
	}
	check(0, 1)
	m.ObserveItem(item(0, 2, 3)) // put
	check(0, 0, 1)
	check(1, 1)
	check(2, 0, 1)
	check(3, 0)
	m.ObserveItem(item(0, 1)) // moved
	check(1, 0, 1)
	check(2, 1)
	check(3)
	gone := item(0, 1)
	gone.Withdrawn = true
	m.ObserveItem(gone)
	check(0, 1)
	check(1, 1)
	m.ObserveItem(item(0, 1)) // put back: as popular as before
	check(0, 0, 1)
	near(t, "share of b", float64(m.Top(1, 0, 10, nil)[1].Score), 0.5)
	if got := m.Top(1, 7, 10, nil); got != nil {
		t.Errorf("an unknown half-life has %v", got)
	}
}

func TestRecallTakesTurns(t *testing.T) {
	m := must(trending.New(three(trending.Config{})))
	old, now, soon, past := item(0, 1), item(1, 1), item(2, 1), item(3, 1)
	soon.Published = t0 + feed.Day
	past.Expires = t0 - feed.Minute
	for _, it := range []*feed.Item{old, now, soon, past} {
		m.ObserveItem(it)
	}
	click(m, soon, t0, 1000)
	click(m, past, t0, 1000)
	click(m, now, t0, 1)
	for range 8 {
		click(m, old, t0-5*feed.Hour, 1)
	}
	// now leads the hour, old the day and the month. What is not out yet, or
	// no longer, is passed over.
	got := m.Recall(&feed.Query{Channel: 1, Now: t0}, 10, nil)
	if want := []feed.Ord{1, 0}; !slices.Equal(ords(got), want) {
		t.Fatalf("proposes %v, not %v", ords(got), want)
	}
	if got[0].Score != 1./3 || got[1].Score != 1./3 {
		t.Errorf("scores are %v", got)
	}
	if got := ords(m.Recall(&feed.Query{Channel: 1, Now: t0 + 2*feed.Day}, 1, nil)); !slices.Equal(got, []feed.Ord{2}) {
		t.Errorf("two days later proposes %v first", got)
	}
}

// TestListsAreExact compares the lists of a model with the shortest of lists
// to sorting all there is.
func TestListsAreExact(t *testing.T) {
	const n, top = 60, 3
	m := must(trending.New(three(trending.Config{Top: top})))
	rng := rand.New(rand.NewPCG(1, 1))
	items := make([]*feed.Item, n)
	counts := make([][3]float64, n)
	for i := range items {
		items[i] = item(feed.Ord(i))
	}
	for step := range 6000 {
		i := rng.IntN(n)
		switch rng.IntN(6) {
		case 0:
			it := item(feed.Ord(i), feed.ChannelID(1+rng.IntN(2)), feed.ChannelID(3+rng.IntN(2)))
			items[i] = it
			m.ObserveItem(it)
		case 1:
			it := *items[i]
			it.Withdrawn = true
			items[i] = &it
			m.ObserveItem(&it)
		default:
			at := t0 + feed.Millis(rng.IntN(int(3*feed.Hour)))
			click(m, items[i], at, 1)
			for k, h := range m.HalfLives() {
				counts[i][k] += math.Exp2(float64(at-t0) / float64(h))
			}
		}
		if step%10 != 0 {
			continue
		}
		for c := range feed.ChannelID(5) {
			for k := range counts[0] {
				var want []feed.Ord
				for i, it := range items {
					if !it.Withdrawn && it.In(c) && counts[i][k] > 0 {
						want = append(want, feed.Ord(i))
					}
				}
				slices.SortFunc(want, func(a, b feed.Ord) int { return cmp.Compare(counts[b][k], counts[a][k]) })
				want = want[:min(len(want), top)]
				if got := ords(m.Top(c, k, top, nil)); !slices.Equal(got, want) {
					t.Fatalf("step %d: channel %d, half-life %d: %v, not %v", step, c, k, got, want)
				}
			}
		}
	}
}

// TestExpiredLeaveLists fills the lists with articles that expire, and looks
// for those that do not behind them.
func TestExpiredLeaveLists(t *testing.T) {
	m := must(trending.New(trending.Config{Top: 2}))
	lasting := []*feed.Item{item(0, 1), item(1, 1), item(2, 1)}
	for i, it := range lasting {
		m.ObserveItem(it)
		click(m, it, t0, float64(3-i))
	}
	for ord := feed.Ord(3); ord < 9; ord++ {
		it := item(ord, 1)
		it.Expires = t0 + feed.Hour
		m.ObserveItem(it)
		click(m, it, t0, 1000)
	}
	later := t0 + feed.MaxAhead + feed.Day
	newest := item(9, 1)
	m.ObserveItem(newest)
	click(m, newest, later, 1)
	for k := range m.HalfLives() {
		got := ords(m.Top(1, k, 10, nil))
		slices.Sort(got)
		if want := []feed.Ord{0, 1, 2, 9}; !slices.Equal(got, want) {
			t.Errorf("half-life %d: %v, not %v", k, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]trending.Config{
		"no half-lives":  {HalfLives: []feed.Millis{}},
		"descending":     {HalfLives: []feed.Millis{feed.Day, feed.Hour}},
		"twice the same": {HalfLives: []feed.Millis{feed.Day, feed.Day}},
		"too many":       {HalfLives: make([]feed.Millis, 9)},
		"too short":      {HalfLives: []feed.Millis{1}},
		"top":            {Top: -1},
		"mildness":       {Mildness: 2},
		"ctr half-life":  {CTRHalfLife: -1},
		"site half-life": {SiteHalfLife: 1},
		"prior":          {PriorClicks: 30},
		"NaN":            {Mildness: math.NaN()},
	} {
		if _, err := trending.New(c); feed.KindOf(err) != feed.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

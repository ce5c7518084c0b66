package ranker_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/ranker"
)

const t0 = feed.Millis(1735689600000) // 2025-01-01

var names = []string{"good", "bad", "noise", "bias"}

// two are sources that cost nothing, of which the first has the features.
func two(features []string) []ranker.Source { return []ranker.Source{{Features: features}, {}} }

func bound(t testing.TB, cfg ranker.Config) *ranker.Model {
	t.Helper()
	m, err := ranker.New(cfg)
	if err == nil {
		err = m.Bind(two(names))
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func candidates(rows ...[]float32) []feed.Candidate {
	out := make([]feed.Candidate, len(rows))
	for i := range rows {
		out[i] = feed.Candidate{Features: rows[i]}
	}
	return out
}

// world draws choices by a known utility.
type world struct {
	rng    *rand.Rand
	weight []float64
	looks  func(place int) float64 // logarithm of the share of looks
}

// draw makes n candidates and the one that was chosen.
func (w *world) draw(n int, places bool) ranker.Choice {
	c := ranker.Choice{Query: &feed.Query{Channel: 1, Now: t0}, Weight: 1}
	total := 0.0
	odds := make([]float64, n)
	for i := range n {
		row := []float32{w.rng.Float32(), w.rng.Float32(), w.rng.Float32(), 1}
		s := 0.0
		for j, x := range row {
			s += w.weight[j] * float64(x)
		}
		if places {
			s += w.looks(i)
			c.Places = append(c.Places, uint16(i))
		}
		c.Candidates = append(c.Candidates, feed.Candidate{Features: row})
		odds[i] = math.Exp(s)
		total += odds[i]
	}
	at := w.rng.Float64() * total
	for i, x := range odds {
		c.Chosen = i
		if at -= x; at < 0 {
			break
		}
	}
	return c
}

// weight returns by how much a feature lifts a candidate above one without any in
// a query.
func weight(m *ranker.Model, q *feed.Query, feature int) float64 {
	row := make([]float32, len(names))
	row[feature] = 1
	cands := candidates(row, make([]float32, len(names)))
	m.Rank(q, cands)
	return cands[0].Score - cands[1].Score
}

func TestInitialWeightsServe(t *testing.T) {
	m := bound(t, ranker.Config{Initial: map[string]float64{"good": 2, "bad": -1}})
	cands := candidates([]float32{1, 0, 1, 1}, []float32{0.5, 1, 0, 0})
	m.Rank(&feed.Query{}, cands)
	if cands[0].Score != 2 || cands[1].Score != 0 || m.Version() != 1 {
		t.Errorf("scores %v and %v, version %d", cands[0].Score, cands[1].Score, m.Version())
	}
	add := make([]float64, 4)
	m.Contributions(&feed.Query{}, &cands[1], add)
	if math.Abs(add[0]-1) > 1e-9 || add[1] != -1 || add[2] != 0 {
		t.Errorf("contributions %v", add)
	}
}

func TestBindRefusesMisspellings(t *testing.T) {
	m, err := ranker.New(ranker.Config{Initial: map[string]float64{"godo": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Bind(two(names)) == nil {
		t.Error("a weight of no feature is taken")
	}
}

// TestLearnsWeights draws choices by known weights and finds them again.
func TestLearnsWeights(t *testing.T) {
	w := &world{rng: rand.New(rand.NewPCG(1, 1)), weight: []float64{3, -2, 0, 0}}
	m := bound(t, ranker.Config{Initial: map[string]float64{"bad": 1, "noise": 1}})
	for range 20_000 {
		c := w.draw(20, false)
		m.Learn(&c)
	}
	for j, want := range w.weight {
		if got := weight(m, &feed.Query{Channel: 1}, j); math.Abs(got-want) > 0.25 {
			t.Errorf("%s weighs %.3f, not %v", names[j], got, want)
		}
	}
	if m.Version() != 20_001 {
		t.Errorf("version %d", m.Version())
	}
}

// TestPlacesAreNotMerits puts what is bad on top, where everyone looks.
func TestPlacesAreNotMerits(t *testing.T) {
	for name, cfg := range map[string]ranker.Config{"defaults": {}, "without contexts": {ContextRate: -1}} {
		t.Run(name, func(t *testing.T) { placesAreNotMerits(t, cfg) })
	}
}

func placesAreNotMerits(t *testing.T, cfg ranker.Config) {
	w := &world{rng: rand.New(rand.NewPCG(2, 1)), weight: []float64{2, 0, 0, 0}}
	w.looks = func(place int) float64 { return -1.5 * math.Log(float64(1+place)) }
	m := bound(t, cfg)
	for n := range 20_000 {
		c := w.draw(10, true)
		// Most pages are ordered by "bad", which moves nobody; without those that
		// are not, nobody could tell.
		if n%4 != 0 {
			for i := range c.Candidates {
				c.Candidates[i].Features[1] = float32(10-i) / 10
			}
		}
		m.Learn(&c)
	}
	if got := weight(m, &feed.Query{Channel: 1}, 0); math.Abs(got-2) > 0.3 {
		t.Errorf("good weighs %.3f, not 2", got)
	}
	if got := weight(m, &feed.Query{Channel: 1}, 1); math.Abs(got) > 0.5 {
		t.Errorf("what stands on top weighs %.3f; looks were taken for merit", got)
	}
}

func TestContextsAndChannelsDiffer(t *testing.T) {
	m := bound(t, ranker.Config{})
	it := &feed.Item{Ord: 1}
	known := []feed.ItemAct{{Act: feed.Act{Time: t0 - feed.Minute}, Item: it, Value: 1}}
	rng := rand.New(rand.NewPCG(3, 1))
	learn := func(q *feed.Query, w float64) {
		world := &world{rng: rng, weight: []float64{w, 0, 0, 0}}
		c := world.draw(20, false)
		c.Query = q
		m.Learn(&c)
	}
	cold, warm := &feed.Query{Channel: 1, Now: t0}, &feed.Query{Channel: 2, Now: t0, Acts: known}
	for range 5000 {
		learn(cold, 3)
		learn(warm, -3)
	}
	if c, w := weight(m, cold, 0), weight(m, warm, 0); c < 2 || w > -2 {
		t.Errorf("weighs %.2f for strangers on one channel, %.2f in sessions on another", c, w)
	}
}

func TestDislikesPushDown(t *testing.T) {
	m := bound(t, ranker.Config{})
	for range 200 {
		m.Learn(&ranker.Choice{
			Query: &feed.Query{}, Candidates: candidates([]float32{0, 1, 0, 0}, []float32{1, 0, 0, 0}), Chosen: 0, Weight: -2,
		})
	}
	if g, b := weight(m, &feed.Query{}, 0), weight(m, &feed.Query{}, 1); b > -0.2 || g < 0.2 {
		t.Errorf("what was disliked weighs %v, the other %v", b, g)
	}
}

func TestNothingToLearn(t *testing.T) {
	m := bound(t, ranker.Config{})
	q := &feed.Query{}
	for _, c := range []ranker.Choice{
		{Query: q, Candidates: candidates([]float32{1, 0, 0, 0}), Weight: 1},
		{Query: q, Candidates: candidates([]float32{1, 0, 0, 0}, []float32{0, 1, 0, 0})},
		{Query: q, Candidates: candidates([]float32{1, 0, 0, 0}, []float32{0, 1, 0, 0}), Weight: math.NaN()},
	} {
		m.Learn(&c)
	}
	if m.Version() != 1 {
		t.Errorf("version %d", m.Version())
	}
}

func TestContextOf(t *testing.T) {
	act := func(ord feed.Ord, ago feed.Millis) feed.ItemAct {
		return feed.ItemAct{Act: feed.Act{Time: t0 - ago}, Item: &feed.Item{Ord: ord}, Value: 1}
	}
	var deep, many []feed.ItemAct
	for i := range feed.Ord(10) {
		deep = append(deep, act(i, feed.Millis(i)*20*feed.Minute))
		many = append(many, act(i, feed.Millis(1+i)*feed.Day))
	}
	for name, tc := range map[string]struct {
		acts []feed.ItemAct
		want ranker.Context
	}{
		"nobody":       {nil, 0},
		"back":         {[]feed.ItemAct{act(1, feed.Day)}, ranker.Known},
		"back again":   {many, ranker.Known | ranker.Regular},
		"first":        {[]feed.ItemAct{act(1, feed.Minute), act(2, feed.Day)}, ranker.Known | ranker.Session},
		"click, read":  {[]feed.ItemAct{act(1, feed.Second), act(1, feed.Minute)}, ranker.Known | ranker.Session},
		"two":          {[]feed.ItemAct{act(1, feed.Second), act(2, feed.Minute)}, ranker.Known | ranker.Session | ranker.Further},
		"deep":         {deep, ranker.Known | ranker.Regular | ranker.Session | ranker.Further | ranker.Deep},
		"ahead of now": {[]feed.ItemAct{act(1, -feed.Hour), act(2, feed.Minute)}, ranker.Known | ranker.Session | ranker.Further},
	} {
		if got := ranker.ContextOf(&feed.Query{Now: t0, Acts: tc.acts}, 30*feed.Minute); got != tc.want {
			t.Errorf("%s: context %d, not %d", name, got, tc.want)
		}
	}
}

// learned has learned a little of everything.
func learned(t testing.TB) *ranker.Model {
	m := bound(t, ranker.Config{Channels: 3, Initial: map[string]float64{"good": 1}})
	w := &world{rng: rand.New(rand.NewPCG(4, 1)), weight: []float64{1, -1, 0, 0}, looks: func(i int) float64 { return -float64(i) / 10 }}
	for i := range 300 {
		c := w.draw(5, i%2 == 0)
		c.Query = &feed.Query{Channel: feed.ChannelID(i % 5), Now: t0}
		m.Learn(&c)
		cands, lists := survey(w.rng)
		m.Survey(c.Query, cands, lists)
	}
	return m
}

func snapshot(t testing.TB, m *ranker.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.WriteSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSnapshot(t *testing.T) {
	a, same := learned(t), learned(t)
	image := snapshot(t, a)
	if !bytes.Equal(image, snapshot(t, same)) {
		t.Fatal("the same choices make two snapshots")
	}
	b := bound(t, ranker.Config{Channels: 3, Initial: map[string]float64{"good": 1}})
	if err := b.ReadSnapshot(bytes.NewReader(image)); err != nil {
		t.Fatal(err)
	}
	w := &world{rng: rand.New(rand.NewPCG(5, 1)), weight: []float64{1, -1, 0, 0}}
	c := w.draw(5, false)
	a.Learn(&c)
	b.Learn(&c)
	if !bytes.Equal(snapshot(t, a), snapshot(t, b)) {
		t.Error("learning goes on differently after a snapshot")
	}
	other, err := ranker.New(ranker.Config{Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Bind(two([]string{"good", "bad", "bias", "noise"})); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, other)
	if other.ReadSnapshot(bytes.NewReader(image)) == nil {
		t.Error("a snapshot of other features is taken")
	}
	if !bytes.Equal(before, snapshot(t, other)) {
		t.Error("a snapshot that was refused left something")
	}
}

func FuzzReadSnapshot(f *testing.F) {
	f.Add(snapshot(f, learned(f)))
	f.Fuzz(func(t *testing.T, image []byte) {
		m := bound(t, ranker.Config{Channels: 3, Initial: map[string]float64{"good": 1}})
		before := snapshot(t, m)
		if m.ReadSnapshot(bytes.NewReader(image)) != nil {
			if !bytes.Equal(before, snapshot(t, m)) {
				t.Fatal("a snapshot that was refused left something")
			}
			return
		}
		cands := candidates([]float32{1, 1, 1, 1})
		m.Rank(&feed.Query{Channel: 1}, cands)
	})
}

// TestRankWhileLearning is for the race detector.
func TestRankWhileLearning(t *testing.T) {
	m := bound(t, ranker.Config{})
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				cands := candidates([]float32{1, 2, 3, 4}, []float32{4, 3, 2, 1})
				m.Rank(&feed.Query{Channel: 1}, cands)
				if math.IsNaN(cands[0].Score) {
					t.Error("NaN")
				}
				m.Version()
				if trust, _ := m.Trust(&feed.Query{}, nil); !(trust[0] > 0) {
					t.Error(trust)
				}
			}
		})
	}
	w := &world{rng: rand.New(rand.NewPCG(6, 1)), weight: []float64{1, 1, 0, 0}}
	for range 2000 {
		c := w.draw(10, false)
		m.Learn(&c)
		cands, lists := survey(w.rng)
		m.Survey(c.Query, cands, lists)
	}
	close(done)
	wg.Wait()
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]ranker.Config{
		"rate":        {Rate: math.NaN()},
		"context":     {ContextRate: 11},
		"shrink":      {Shrink: -1},
		"memory":      {Memory: 0.5},
		"examination": {Examination: -1},
		"channels":    {Channels: -1},
		"initial":     {Initial: map[string]float64{"good": math.Inf(1)}},
	} {
		if _, err := ranker.New(c); feed.KindOf(err) != feed.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkRank(b *testing.B) {
	m, cands := wide(b)
	q := &feed.Query{Channel: 1, Now: t0}
	m.Learn(&ranker.Choice{Query: q, Candidates: cands, Weight: 1})
	b.ReportAllocs()
	for b.Loop() {
		m.Rank(q, cands)
	}
}

func BenchmarkLearn(b *testing.B) {
	m, cands := wide(b)
	q := &feed.Query{Channel: 1, Now: t0}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Learn(&ranker.Choice{Query: q, Candidates: cands, Chosen: i % len(cands), Weight: 1})
	}
}

// wide is as many features and candidates as a request has.
func wide(b *testing.B) (*ranker.Model, []feed.Candidate) {
	m, err := ranker.New(ranker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var features []string
	for i := range 40 {
		features = append(features, string(rune('a'+i)))
	}
	if err := m.Bind(two(features)); err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 1))
	cands := make([]feed.Candidate, 300)
	for i := range cands {
		cands[i].Features = make([]float32, len(features))
		for j := range features {
			if rng.IntN(2) == 0 { // as most are 0
				cands[i].Features[j] = rng.Float32()
			}
		}
	}
	return m, cands
}

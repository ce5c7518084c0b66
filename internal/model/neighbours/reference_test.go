package neighbours_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/model/neighbours"
)

// reference is the method as its formulas say it, slow and without bounds but
// for PerArticle and Length.
type reference struct {
	cfg     neighbours.Config
	newest  map[feed.UserID]map[feed.Ord]feed.Millis // by reader and article, of their acts
	readers map[feed.Ord][]feed.UserID               // who acted on it, last at the end
}

// trail returns a reader's articles, newest first.
func (r *reference) trail(u feed.UserID) []feed.Ord {
	at := r.newest[u]
	ords := slices.SortedFunc(maps.Keys(at), func(a, b feed.Ord) int { return cmp.Compare(at[b], at[a]) })
	return ords[:min(len(ords), r.cfg.Length)]
}

func (r *reference) observe(u feed.UserID, ord feed.Ord, at feed.Millis) {
	if r.newest[u] == nil {
		r.newest[u] = map[feed.Ord]feed.Millis{}
	}
	before := r.trail(u)
	if old, ok := r.newest[u][ord]; ok && at <= old {
		return
	}
	r.newest[u][ord] = at
	after := r.trail(u)
	for _, o := range before {
		if !slices.Contains(after, o) {
			r.drop(u, o)
		}
	}
	if slices.Contains(after, ord) {
		r.drop(u, ord)
		l := append(r.readers[ord], u)
		r.readers[ord] = l[max(0, len(l)-r.cfg.PerArticle):]
	}
}

func (r *reference) drop(u feed.UserID, ord feed.Ord) {
	r.readers[ord] = slices.DeleteFunc(r.readers[ord], func(v feed.UserID) bool { return v == u })
}

func (r *reference) held(ord feed.Ord) int {
	n := 0
	for u := range r.newest {
		if slices.Contains(r.trail(u), ord) {
			n++
		}
	}
	return n
}

func fresh(c *neighbours.Config, now, at feed.Millis) float64 {
	return 1 / (1 + max(0, float64(now-at))/float64(c.Age))
}

// score returns what neighbours say for each article, the sum of their
// similarities, and whether the choice of neighbours was one of equals.
func (r *reference) score(q *feed.Query) (said map[feed.Ord]float64, support float64, even bool) {
	c := &r.cfg
	type common struct {
		ord feed.Ord
		w   float64
	}
	var session []common
	skip := map[feed.Ord]bool{}
	beyond, last := 1.0, feed.Millis(0)
	for _, a := range q.Acts {
		ord := a.Item.Ord
		if a.Value < 0 {
			skip[ord] = true
		}
		if a.Value <= 0 || len(session) == c.Latest {
			continue
		}
		if len(session) > 0 && last-a.Time > c.Gap {
			beyond = c.Beyond
		}
		last = a.Time
		if skip[ord] {
			continue
		}
		skip[ord] = true
		w := beyond / (1 + float64(len(session))/c.Recency) / math.Pow(max(1, float64(r.held(ord))), c.Damping)
		session = append(session, common{ord, w})
	}
	type neighbour struct {
		u         feed.UserID
		base, sim float64
		common    feed.Ord
	}
	var all []neighbour
	for u := range r.newest {
		n := neighbour{u: u, common: -1}
		trail := r.trail(u)
		for k, x := range session {
			l := r.readers[x.ord]
			if u != q.User && len(trail) > 1 && slices.Contains(l[max(0, len(l)-max(1, c.PerArticle/(1+k))):], u) {
				n.base += x.w / math.Sqrt(float64(len(trail)))
				if n.common < 0 {
					n.common = x.ord
				}
			}
		}
		if n.common >= 0 {
			n.sim = n.base * fresh(c, q.Now, r.newest[u][trail[0]])
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b neighbour) int { return cmp.Compare(b.sim, a.sim) })
	if k := c.Neighbours; k < len(all) {
		even = all[k-1].sim/all[k].sim < 1+1e-6
		all = all[:k]
	}
	said = map[feed.Ord]float64{}
	for _, n := range all {
		support += n.sim
		trail, at := r.trail(n.u), r.newest[n.u]
		p := slices.Index(trail, n.common)
		for j, ord := range trail {
			if slices.ContainsFunc(q.Acts, func(a feed.ItemAct) bool { return a.Item.Ord == ord }) {
				continue
			}
			w := n.base * fresh(c, q.Now, at[ord]) / (1 + (math.Abs(float64(j-p))-1)/c.Distance)
			if j > p {
				w *= c.Before
			}
			for i := min(j, p); i < max(j, p); i++ {
				if at[trail[i]]-at[trail[i+1]] > c.Gap {
					w *= c.Beyond
					break
				}
			}
			said[ord] += w
		}
	}
	return said, support, even
}

func TestMatchesReference(t *testing.T) {
	for seed := range uint64(30) {
		cfg := neighbours.Config{}
		if seed%2 == 0 {
			cfg = neighbours.Config{Length: 5, PerArticle: 6, Neighbours: 4, Latest: 3, Damping: 0.3, Before: 0.4, Recency: 3, Distance: 2}
		}
		m := must(neighbours.New(cfg))
		cfg.EnsureDefaults()
		ref := &reference{cfg, map[feed.UserID]map[feed.Ord]feed.Millis{}, map[feed.Ord][]feed.UserID{}}
		rng := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(m, 30)
		for i := range 400 {
			w.now += feed.Millis(rng.IntN(int(4 * feed.Minute)))
			at := w.now
			if rng.IntN(8) == 0 {
				at -= feed.Millis(rng.IntN(int(6 * feed.Hour)))
			}
			u, ord := feed.UserID(fmt.Sprint("reader-", rng.IntN(12))), rng.IntN(30)
			w.act(u, ord, at)
			ref.observe(u, feed.Ord(ord), at)
			if i%5 == 0 {
				u := feed.UserID(fmt.Sprint("reader-", rng.IntN(13)))
				compare(t, w, ref, w.query(u, w.now+feed.Millis(rng.IntN(int(2*feed.Hour)))))
			}
		}
	}
}

func compare(t *testing.T, w *world, ref *reference, q *feed.Query) {
	t.Helper()
	said, support, even := ref.score(q)
	if even {
		return
	}
	highest, idle := 0.0, 1.0
	for _, v := range said {
		highest = max(highest, v)
	}
	if len(q.Acts) > 0 {
		if silence := float64(q.Now - q.Acts[0].Time); silence > float64(ref.cfg.Gap) {
			idle = ref.cfg.Beyond + (1-ref.cfg.Beyond)*float64(ref.cfg.Gap)/silence
		}
	}
	for ord, f := range w.features(q) {
		v := said[feed.Ord(ord)]
		want := [2]float64{}
		if v > 0 {
			want = [2]float64{v / highest * idle, math.Log1p(1000*v/support*idle) / math.Log1p(1000)}
		}
		for k := range want {
			if math.Abs(float64(f[k])-want[k]) > 1e-5 {
				t.Fatalf("%s, article %d, column %d: %v, want %v", q.User, ord, k, f[k], want[k])
			}
		}
	}
	got := w.model.Recall(q, 10, nil)
	if len(got) != min(10, len(said)) {
		t.Fatalf("%d proposals of %d", len(got), len(said))
	}
	best := slices.SortedFunc(maps.Values(said), func(a, b float64) int { return cmp.Compare(b, a) })
	for i, p := range got {
		if math.Abs(float64(p.Score)-best[i]/highest) > 1e-5 || math.Abs(float64(p.Score)-said[p.Ord]/highest) > 1e-5 {
			t.Fatalf("proposal %d is %+v, want the score %v", i, p, best[i]/highest)
		}
	}
}

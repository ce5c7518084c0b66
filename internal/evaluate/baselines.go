package evaluate

import (
	"math"
	"math/rand/v2"

	"readnext/internal/feed"
)

// Random ranks at random.
func Random(seed uint64) *Baseline {
	return newBaseline("random", &random{rand.New(rand.NewPCG(seed, 0))})
}

type random struct{ rng *rand.Rand }

func (r *random) score(m *memory, _ feed.UserID, c feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	for _, a := range m.channels[c] {
		scores[a.ID] = r.rng.Float64()
	}
}

func (*random) learn(*memory, feed.Event) {}

// Newest ranks by publish time.
func Newest() *Baseline { return newBaseline("newest", newest{}) }

type newest struct{}

func (newest) score(m *memory, _ feed.UserID, c feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	for _, a := range m.channels[c] {
		scores[a.ID] = float64(a.Published)
	}
}

func (newest) learn(*memory, feed.Event) {}

// Popular ranks by acts, counted half after each half-life.
func Popular(name string, halfLife feed.Millis) *Baseline {
	return newBaseline("popular, "+name, &popular{halfLife: float64(halfLife), log: map[feed.ArticleID]float64{}})
}

type popular struct {
	halfLife float64
	log      map[feed.ArticleID]float64 // log2 Σ 2^(t/halfLife)
}

func (p *popular) score(m *memory, _ feed.UserID, c feed.ChannelID, now feed.Millis, scores map[feed.ArticleID]float64) {
	for _, a := range m.channels[c] {
		if s, ok := p.log[a.ID]; ok {
			scores[a.ID] = 1e6 + s - float64(now)/p.halfLife
		}
	}
}

func (p *popular) learn(_ *memory, ev feed.Event) {
	t := float64(ev.Time) / p.halfLife
	s, ok := p.log[ev.Article]
	if !ok {
		s = math.Inf(-1)
	}
	high, low := max(s, t), min(s, t)
	p.log[ev.Article] = high + math.Log2(1+math.Exp2(low-high))
}

// ItemKNN ranks by the cosine of articles' sets of readers, summed over what
// the reader acted on (Sarwar, Karypis, Konstan, Riedl, 2001).
func ItemKNN() *Baseline {
	return newBaseline("item-kNN", &itemKNN{pairs: map[feed.ArticleID]counts{}})
}

type counts map[feed.ArticleID]float64

type itemKNN struct{ pairs map[feed.ArticleID]counts }

func (k *itemKNN) score(m *memory, user feed.UserID, _ feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	for _, act := range m.acts[user] {
		own := math.Sqrt(float64(len(m.readers[act.Article])))
		for other, n := range k.pairs[act.Article] {
			scores[other] += n / (own * math.Sqrt(float64(len(m.readers[other]))))
		}
	}
}

func (k *itemKNN) learn(m *memory, ev feed.Event) {
	for _, act := range m.acts[ev.User] {
		k.add(act.Article, ev.Article, 1)
		k.add(ev.Article, act.Article, 1)
	}
}

func (k *itemKNN) add(from, to feed.ArticleID, w float64) {
	if k.pairs[from] == nil {
		k.pairs[from] = counts{}
	}
	k.pairs[from][to] += w
}

// SequentialRules ranks by what followed the reader's last article, within ten
// steps and weighed by 1/steps (Ludewig, Jannach, 2018).
func SequentialRules() *Baseline {
	return newBaseline("sequential rules", &rules{itemKNN{map[feed.ArticleID]counts{}}})
}

type rules struct{ itemKNN }

const ruleSteps = 10

func (r *rules) score(m *memory, user feed.UserID, _ feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	acts := m.acts[user]
	if len(acts) == 0 {
		return
	}
	for other, w := range r.pairs[acts[len(acts)-1].Article] {
		scores[other] += w
	}
}

func (r *rules) learn(m *memory, ev feed.Event) {
	acts := m.acts[ev.User]
	for step := 1; step <= min(ruleSteps, len(acts)); step++ {
		r.add(acts[len(acts)-step].Article, ev.Article, 1/float64(step))
	}
}

// VSkNN ranks by what the most similar of the latest readers acted on, where
// similar is the share of the reader's latest articles, weighed by how late
// they are (Ludewig, Jannach, 2018). A reader's acts count as one session.
func VSkNN() *Baseline { return newBaseline("V-SkNN", vsknn{}) }

type vsknn struct{}

const (
	vsknnLatest  = 10  // of the reader's articles
	vsknnReaders = 500 // of each article, the latest
	vsknnNear    = 100 // neighbours
)

func (vsknn) score(m *memory, user feed.UserID, _ feed.ChannelID, _ feed.Millis, scores map[feed.ArticleID]float64) {
	acts := m.acts[user]
	acts = acts[max(0, len(acts)-vsknnLatest):]
	similar := map[feed.UserID]float64{}
	var order []feed.UserID
	for i, act := range acts {
		weight := float64(i+1) / float64(len(acts))
		readers := m.readers[act.Article]
		for _, other := range readers[max(0, len(readers)-vsknnReaders):] {
			if other == user {
				continue
			}
			if _, ok := similar[other]; !ok {
				order = append(order, other)
			}
			similar[other] += weight
		}
	}
	near := topBy(order, vsknnNear, func(u feed.UserID) float64 { return similar[u] })
	for _, other := range near {
		theirs := m.acts[other]
		for _, act := range theirs[max(0, len(theirs)-50):] {
			scores[act.Article] += similar[other]
		}
	}
}

func (vsknn) learn(*memory, feed.Event) {}

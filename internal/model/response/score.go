package response

import (
	"readnext/internal/feed"
)

// FeatureNames names the columns that Score fills.
func (m *Model) FeatureNames() []string {
	return []string{
		"response_age", "response_article", "response_names", "response_taste", "response_author", "response_tired",
	}
}

const columns = 6

// Terms of log λ are divided by these in features, so that they lie between -1
// and 1.
const (
	unit    = 4
	ageUnit = 8
)

// enough is how many exposures it takes to speak of ages as loud as of the rest,
// which is silent where nothing is known.
const enough = 1000

// Recall proposes nothing.
func (m *Model) Recall(_ *feed.Query, _ int, dst []feed.Proposal) []feed.Proposal { return dst }

// Score fills six columns with terms of log λ, in natural logarithms over 4,
// that of the age over 8:
//
//   - response_age: what the site's readers make of the article's age;
//   - response_article: of the article, given who saw it, where and when;
//   - response_names: everybody's interest in its tags and author;
//   - response_taste, response_author: the reader's in its tags, in its author;
//   - response_tired: having just seen others on them.
func (m *Model) Score(q *feed.Query, cands []feed.Candidate, col int) {
	s := m.scratch.Get().(*scratch)
	defer m.scratch.Put(s)
	m.mu.RLock()
	defer m.mu.RUnlock()
	var r *reader
	if q.User != feed.Anonymous {
		r = m.readers.of(readerKey(q.User))
	}
	s.prepareLocked(m, r, q.Now)
	for i := range cands {
		it := cands[i].Item
		row := cands[i].Features[col:][:columns]
		clear(row)
		if m.seen == 0 {
			continue
		}
		k, f := ageAt(q.Now - it.Published)
		row[0] = feature((1-float32(f))*s.ages[k]+float32(f)*s.ages[k+1], ageUnit)
		if int(it.Ord) < len(m.articles) {
			row[1] = feature(m.articles[it.Ord].meanAt(q.Now, s.article), unit)
		}
		m.scoreNamesLocked(s, it, q.Now, row)
	}
}

// scoreNamesLocked fills what an article's tags and author are liked.
func (m *Model) scoreNamesLocked(s *scratch, it *feed.Item, now feed.Millis, row []float32) {
	var names, liked, tired float32
	for _, t := range it.Tags {
		if int(t) < len(m.names) {
			names += m.names[t].meanAt(now, s.tag)
		}
		x := s.tastes.of(t)
		if x.mean != 0 {
			liked += x.mean * root(m.breadthLocked(t))
		}
		tired = max(tired, x.tired)
	}
	names *= float32(tagPower(len(it.Tags)))
	if liked != 0 {
		liked /= root(m.breadthsLocked(it))
	}
	if it.Author != 0 {
		if int(it.Author) < len(m.names) {
			names += m.names[it.Author].meanAt(now, s.author)
		}
		x := s.tastes.of(it.Author)
		row[4] = feature(x.mean, unit)
		tired = max(tired, x.tired)
	}
	row[2], row[3] = feature(names, unit), feature(liked, unit)
	if tired > 0 {
		k, f := between(float64(min(tired, tirings)), tirings)
		row[5] = feature((1-float32(f))*s.tired[k]+float32(f)*s.tired[k+1], unit)
	}
}

func feature(x, unit float32) float32 { return min(max(x/unit, -1), 1) }

// scratch is a request's working memory, reused.
type scratch struct {
	ages                 [ages]float32
	tired                [tirings]float32
	article, tag, author float64 // 1/half-life
	tastes               tasteTable
}

// prepareLocked takes in what is believed of a reader, nil for nobody, and of
// ages, as of a time.
func (s *scratch) prepareLocked(m *Model, r *reader, now feed.Millis) {
	loud := float32(min(1, float64(m.seen)/enough))
	for k := range s.ages {
		s.ages[k] = loud * (float32(ageMean(k)) + m.ages[k].meanAt(now, perMilli(&m.cfg.Age)))
	}
	for k := range s.tired {
		s.tired[k] = float32(tiredMean(k)) + m.tired[k].meanAt(now, perMilli(&m.cfg.Tired))
	}
	s.article, s.tag, s.author = perMilli(&m.cfg.Article), perMilli(&m.cfg.Tag), perMilli(&m.cfg.Author)
	s.tastes.reset()
	if r == nil {
		return
	}
	s.tastes.grow(len(r.tastes))
	rate := perMilli(&m.cfg.Taste)
	for i := range r.tastes {
		t := &r.tastes[i]
		s.tastes.put(tasteNow{t.name, t.meanAt(now, rate), t.tiredAt(now)})
	}
}

// perMilli is 1/half-life, 0 for one that is forever.
func perMilli(p *Prior) float64 {
	if p.HalfLife == 0 {
		return 0
	}
	return 1 / float64(p.HalfLife)
}

// tasteTable finds tastes by name: open addressing, at most a quarter full,
// since most lookups find nothing and should find so at once.
type tasteTable struct {
	slots []tasteNow // name 0: free
	shift uint
}

type tasteNow struct {
	name        feed.Name
	mean, tired float32
}

func (t *tasteTable) reset() { t.slots = t.slots[:0] }

// grow makes room for n tastes in an empty table.
func (t *tasteTable) grow(n int) {
	bits := uint(4)
	for 1<<bits < 4*n {
		bits++
	}
	if cap(t.slots) < 1<<bits {
		t.slots = make([]tasteNow, 1<<bits)
	} else {
		t.slots = t.slots[:1<<bits]
		clear(t.slots)
	}
	t.shift = 32 - bits
}

func (t *tasteTable) put(x tasteNow) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(x.name) * 0x9e3779b1 >> t.shift
	for t.slots[i&mask].name != 0 {
		i++
	}
	t.slots[i&mask] = x
}

// of returns the taste for a name, the zero one if there is none.
func (t *tasteTable) of(name feed.Name) tasteNow {
	if len(t.slots) == 0 {
		return tasteNow{}
	}
	mask := uint32(len(t.slots) - 1)
	for i := uint32(name) * 0x9e3779b1 >> t.shift; ; i++ {
		if s := &t.slots[i&mask]; s.name == name || s.name == 0 {
			return *s
		}
	}
}

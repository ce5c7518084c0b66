package affinity

import (
	"slices"

	"readnext/internal/feed"
)

// What a search looks at, at most.
const (
	probes  = 48   // buckets of a table
	visited = 2000 // articles in buckets that are not the last, one in several counted each time
	roughly = 3    // times the wanted: compared by sketches, roughly
)

// audience is to whom an article is shown.
type audience struct {
	channel  feed.ChannelID
	now      feed.Millis
	language feed.Name // 0: any
}

func (a *article) suits(x audience) bool {
	return a.eligible(x.channel, x.now) && (a.language == x.language || a.language == 0 || x.language == 0)
}

// nearest finds about n articles whose sketches have the highest cosines, above
// 0, with a given one: those that suit the audience and that s.scores does not
// hold to be unwanted. They are in s.near, as sort keys, best first.
//
// In a space of at most Config.Flat articles all are looked at, else those of
// the buckets where near ones are likeliest. Of these the ones whose signatures
// differ least are compared roughly, and the best of them exactly.
func (m *Model) nearest(s *scratch, own sketch, x audience, n int) {
	f := &s.finder
	f.near = f.near[:0]
	i, ok := m.index.space(len(own.bytes))
	if !ok {
		return
	}
	space := &m.index.spaces[i]
	f.start(own, x.channel, len(m.index.rows))
	if len(space.all) <= m.cfg.Flat {
		f.list = append(f.list, space.all...)
	} else {
		f.probe(&m.probing, space, m.cfg.Newest)
		f.unique()
	}
	f.compare(m.index.rows)
	f.list = f.list[:0]
	for _, c := range f.levels.pick(2 * roughly * n) {
		ord := uint32(c)
		if s.scores.of(ord) > unwanted/2 && m.articles[ord].suits(x) {
			f.list = append(f.list, feed.Ord(ord))
		}
		if len(f.list) == roughly*n {
			break
		}
	}
	s.fetch(m)
	f.levels.reset()
	for _, ord := range f.list {
		other := m.articles[ord].sketch
		if dot := f.packed.dot(other.bytes, m.index.rows[ord].sum); dot > 0 {
			cos := min(float64(dot)/(2*float64(own.length)*float64(other.length)), 1)
			f.levels.add(levelCount-1-int(cos*(levelCount-1)), uint32(ord))
		}
	}
	for _, c := range f.levels.pick(n) {
		ord := uint32(c)
		if cos := own.cosine(m.articles[ord].sketch); cos > 0 {
			f.near = append(f.near, sortKey(cos, ord))
		}
	}
	slices.Sort(f.near)
	f.near = f.near[:min(n, len(f.near))]
}

// fetch reads a byte of every cache line of the listed sketches, for the same
// reason as touch.
func (s *scratch) fetch(m *Model) {
	sum := uint32(0)
	for _, ord := range s.list {
		bytes := m.articles[ord].sketch.bytes
		for i := 0; i < len(bytes); i += 64 {
			sum += uint32(bytes[i])
		}
	}
	s.touched = sum
}

// finder is a search's working memory, reused.
type finder struct {
	margins   margins
	room      []int32
	signature signature
	packed    packed
	mask      uint64                           // of the channel
	flips     [tableCount][probingRanks]uint32 // a key's bits, the smallest margin's first
	seen      []uint64                         // a bit an Ord
	list      []feed.Ord
	levels    levels
	near      []uint64
}

// start makes ready for a search for a sketch among articles of a channel.
func (f *finder) start(own sketch, c feed.ChannelID, articles int) {
	f.room = f.margins.project(own.bytes, f.room)
	f.signature = f.margins.signature()
	f.packed.set(own.bytes)
	f.mask = ^uint64(0)
	if c != feed.AllChannels {
		f.mask = channelBit(c)
	}
	words := (articles + 63) / 64
	if cap(f.seen) < words {
		f.seen = make([]uint64, words+words/4)
	}
	f.seen = f.seen[:words]
	clear(f.seen)
	f.list = f.list[:0]
}

package recommend

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"readnext/internal/feed"
)

// memory is what a process remembers of readers for times when the store is
// away: pages that could not be recorded and, if that is wanted, the profiles
// read last. It is lost with the process. The reader asked for longest ago
// makes room.
type memory struct {
	profiles bool  // remember profiles
	bytes    int64 // of everything, about

	unrecorded atomic.Int64 // readers with unrecorded pages

	mu      sync.Mutex
	readers *simplelru.LRU[feed.UserID, *remembered]
	cost    int64
}

// remembered is what is remembered of one reader.
type remembered struct {
	profile *feed.Profile // nil: none
	since   []*feed.Page  // recorded after the profile was read, oldest first
	pages   unrecorded
	cost    int64
}

// unrecorded are a reader's unrecorded pages, oldest first. The slice is
// replaced, never written to.
type unrecorded []*feed.Page

// maxUnrecorded is how many pages are remembered of one reader.
const maxUnrecorded = 100

func newMemory(profiles bool, bytes int64) *memory {
	m := &memory{profiles: profiles, bytes: bytes}
	lru, err := simplelru.NewLRU(math.MaxInt32, m.evictedLocked)
	if err != nil {
		panic(err) // a limit of 0 or less
	}
	m.readers = lru
	return m
}

func (m *memory) evictedLocked(_ feed.UserID, r *remembered) {
	m.cost -= r.cost
	if len(r.pages) > 0 {
		m.unrecorded.Add(-1)
	}
}

// sizedLocked accounts for what was changed, and makes room for it.
func (m *memory) sizedLocked(r *remembered) {
	const entry, page, place = 250, 120, 16 // bytes
	cost := int64(entry)
	if p := r.profile; p != nil {
		cost += int64(page + 16*len(p.Served) + 8*len(p.Acted) + 32*len(p.Acts) + 16*len(p.Newest))
	}
	for _, p := range r.since {
		cost += int64(page + place*len(p.Places))
	}
	for _, p := range r.pages {
		cost += int64(page + place*len(p.Places))
	}
	m.cost += cost - r.cost
	r.cost = cost
	for m.cost > m.bytes {
		if _, _, ok := m.readers.RemoveOldest(); !ok {
			return
		}
	}
}

func (m *memory) ofLocked(user feed.UserID) *remembered {
	r, ok := m.readers.Get(user)
	if !ok {
		r = new(remembered)
		m.readers.Add(user, r)
	}
	return r
}

// saw remembers a profile that the store gave.
func (m *memory) saw(user feed.UserID, p *feed.Profile) {
	if !m.profiles {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.ofLocked(user)
	if r.profile != p || r.since != nil {
		r.profile, r.since = p, nil
		m.sizedLocked(r)
	}
}

// put remembers that a page was recorded after its reader's profile was seen.
func (m *memory) put(page *feed.Page) {
	if !m.profiles {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.readers.Get(page.User); ok && r.profile != nil {
		r.since = append(r.since, page)
		m.sizedLocked(r)
	}
}

// last returns the profile that was seen last, with what was put since, nil if none is remembered.
func (m *memory) last(user feed.UserID) *feed.Profile {
	if !m.profiles {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.readers.Get(user)
	switch {
	case !ok:
		return nil
	case len(r.since) == 0:
		return r.profile
	}
	sum := unrecorded(r.since).addTo(r.profile)
	sum.Newest = slices.Clone(sum.Newest)
	for _, p := range r.since {
		sum.Newest = slices.DeleteFunc(sum.Newest, func(n feed.ChannelStamp) bool { return n.Channel == p.Channel })
		sum.Newest = append(sum.Newest, feed.ChannelStamp{Channel: p.Channel, Stamp: p.Stamp})
	}
	return sum
}

// pages returns a reader's unrecorded pages.
func (m *memory) pages(user feed.UserID) unrecorded {
	if m.unrecorded.Load() == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.readers.Get(user); ok {
		return r.pages
	}
	return nil
}

// keep remembers a page as its reader's next unrecorded one, and returns it as
// remembered, with a stamp of its own: the clock or just above the reader's
// newest page, recorded or not, and never the stamp that was asked for, which
// the client may ask for again. It returns nil if the reader's unrecorded pages
// are not those that the page was made after.
func (m *memory) keep(page *feed.Page, after unrecorded, asked, newest, now feed.Millis) *feed.Page {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.ofLocked(page.User)
	if !slices.Equal(r.pages, after) {
		return nil
	}
	kept := *page
	kept.Places = slices.Clone(page.Places)
	kept.Stamp = max(now, newest+1, after.newest(page.Channel)+1)
	if kept.Stamp == asked {
		kept.Stamp++
	}
	if len(after) == 0 {
		m.unrecorded.Add(1)
	}
	r.pages = append(slices.Clone(after[max(0, len(after)+1-maxUnrecorded):]), &kept)
	m.sizedLocked(r)
	return &kept
}

// forget drops what is remembered of a reader.
func (m *memory) forget(user feed.UserID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readers.Remove(user)
}

// at returns the page of a stamp on a channel, nil if there is none.
func (u unrecorded) at(channel feed.ChannelID, stamp feed.Millis) *feed.Page {
	for _, p := range u {
		if p.Channel == channel && p.Stamp == stamp {
			return p
		}
	}
	return nil
}

// newest returns the stamp of the newest page on a channel, 0 if there is none.
func (u unrecorded) newest(channel feed.ChannelID) feed.Millis {
	for _, p := range slices.Backward(u) {
		if p.Channel == channel {
			return p.Stamp
		}
	}
	return 0
}

// addTo returns a profile as if the pages had been recorded, but for their
// stamps.
func (u unrecorded) addTo(profile *feed.Profile) *feed.Profile {
	if len(u) == 0 {
		return profile
	}
	sum := *profile
	sum.Served = slices.Clip(sum.Served)
	for _, p := range u {
		for i := range p.Places {
			sum.Served = append(sum.Served, feed.ServedArticle{Article: p.Places[i].Article, At: p.Stamp})
		}
	}
	return &sum
}

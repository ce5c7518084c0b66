package pebblestore

import (
	"hash/maphash"
	"slices"
	"sync"

	"readnext/internal/feed"
)

// stripeCount is how many locks the readers share.
const stripeCount = 256

// leastProfiles is how many profiles a stripe keeps at the least, so that a
// reader's profile outlives the refresh that read it.
const leastProfiles = 16

// openShare is which share of the profiles that a stripe may keep are kept as they
// are used, in half of the bytes at most. The others are packed.
const openShare = 8

// stripe holds the lock of some readers, under which whatever is kept of them
// changes, and their cached profiles.
type stripe struct {
	mu   sync.Mutex
	seed maphash.Seed
	// changes counts changes to readers of the stripe: a profile loaded without
	// the lock is current if there was none meanwhile.
	changes  uint64
	profiles map[feed.UserID]*cached // those that are not packed
	recent   cached                  // ring of them; recent.next was used last
	cost     int64                   // of them
	packed   packed
	noted    noted
	max      int
	maxCost  int64
}

func (st *stripe) init(seed maphash.Seed, profiles int, bytes int64) {
	st.seed, st.max, st.maxCost = seed, max(profiles, leastProfiles), bytes
	st.profiles = make(map[feed.UserID]*cached)
	st.recent.next, st.recent.prev = &st.recent, &st.recent
}

// cached is a reader's profile. Its slices only ever grow by appending, or are
// replaced: profiles handed out share them.
type cached struct {
	user    feed.UserID
	version uint64
	from    feed.Millis // what was served before is not in served
	served  []feed.ServedArticle
	acted   []feed.ArticleID
	known   map[feed.ArticleID]struct{} // acted as a set, once it is long
	acts    []feed.Act
	newest  []feed.ChannelStamp
	view    *feed.Profile // the profile handed out last, if still current

	prev, next *cached
	cost       int64
}

func (s *Store) stripeOf(user feed.UserID) int { return int(hashOf(s.seed, user) % stripeCount) }

func hashOf(seed maphash.Seed, user feed.UserID) uint64 { return maphash.String(seed, string(user)) }

// lookLocked returns a reader's cached profile, or nil.
func (st *stripe) lookLocked(user feed.UserID) *cached {
	c := st.profiles[user]
	if c == nil {
		if c = st.packed.take(hashOf(st.seed, user), user); c != nil {
			st.keepLocked(c)
		}
		return c
	}
	st.usedLocked(c)
	return c
}

// usedLocked makes a profile that is not packed the one used last.
func (st *stripe) usedLocked(c *cached) {
	if st.recent.next != c {
		c.unlink()
		c.linkAfter(&st.recent)
	}
}

// keepLocked adds a profile and evicts those not used for longest.
func (st *stripe) keepLocked(c *cached) {
	st.profiles[c.user] = c
	c.linkAfter(&st.recent)
	st.sizedLocked(c)
}

// cachedLocked is how many profiles are kept, and about their size.
func (st *stripe) cachedLocked() (n int, bytes int64) {
	return len(st.profiles) + len(st.packed.at), st.cost + st.packed.bytes()
}

// roomLocked reports whether a profile that is not cached fits without another
// making room.
func (st *stripe) roomLocked(user feed.UserID) bool {
	n, bytes := st.cachedLocked()
	return n < st.max && bytes < st.maxCost && st.profiles[user] == nil && !st.packed.has(hashOf(st.seed, user), user)
}

// keepPackedLocked adds a profile that nobody asked for.
func (st *stripe) keepPackedLocked(c *cached) { st.packed.put(hashOf(st.seed, c.user), c, actsRoom) }

// recordPackedLocked adds acts to a profile that is packed; if there is no room
// behind it, it is packed anew, with more.
func (st *stripe) recordPackedLocked(hash uint64, user feed.UserID, version uint64, acts []feed.Act) {
	if st.packed.addActs(hash, version, acts) {
		return
	}
	c := st.packed.take(hash, user)
	c.addActs(acts)
	c.version = version
	st.packed.put(hash, c, 3*actsRoom)
	st.trimLocked()
}

// sizedLocked accounts for a profile that was changed or added.
func (st *stripe) sizedLocked(c *cached) {
	const entry, profile = 160, 128 // bytes of what every profile has
	cost := int64(entry + profile + len(c.user) + 16*cap(c.served) + 8*cap(c.acted) + 24*len(c.known) + 32*cap(c.acts) + 16*cap(c.newest))
	st.cost += cost - c.cost
	c.cost = cost
	for len(st.profiles) > max(st.max/openShare, leastProfiles) || (st.cost > st.maxCost/2 && len(st.profiles) > leastProfiles) {
		oldest := st.recent.prev
		st.closeLocked(oldest)
		st.keepPackedLocked(oldest)
	}
	st.trimLocked()
}

// trimLocked drops the oldest packed profiles until all are within bounds.
func (st *stripe) trimLocked() {
	for {
		n, bytes := st.cachedLocked()
		if (n <= st.max && bytes <= st.maxCost) || !st.packed.dropOldest() {
			return
		}
	}
}

// closeLocked removes a profile that is not packed.
func (st *stripe) closeLocked(c *cached) {
	delete(st.profiles, c.user)
	c.unlink()
	st.cost -= c.cost
}

func (st *stripe) dropLocked(user feed.UserID) {
	if c := st.profiles[user]; c != nil {
		st.closeLocked(c)
	} else if hash := hashOf(st.seed, user); st.packed.has(hash, user) {
		st.packed.remove(hash)
	}
}

func (c *cached) linkAfter(at *cached) {
	c.prev, c.next = at, at.next
	at.next.prev = c
	at.next = c
}

func (c *cached) unlink() {
	c.prev.next, c.next.prev = c.next, c.prev
	c.prev, c.next = nil, nil
}

// profileAt returns the profile with what was served at or after cutoff, which
// is not before c.from.
func (c *cached) profileAt(cutoff feed.Millis) *feed.Profile {
	i := 0
	if len(c.served) > 0 && c.served[0].At < cutoff {
		i, _ = slices.BinarySearchFunc(c.served, cutoff, func(a feed.ServedArticle, at feed.Millis) int {
			if a.At < at {
				return -1
			}
			return 1
		})
	}
	if c.view != nil && len(c.view.Served) == len(c.served)-i {
		return c.view
	}
	c.view = &feed.Profile{
		User:    c.user,
		Version: c.version,
		Newest:  c.newest,
		Served:  c.served[i:len(c.served):len(c.served)],
		Acted:   c.acted[:len(c.acted):len(c.acted)],
		Acts:    c.acts[:len(c.acts):len(c.acts)],
	}
	return c.view
}

// changed gives the profile a version.
func (c *cached) changed(version uint64) {
	c.version, c.view = version, nil
}

// servedSlack is how far stamps may run behind one another before a trimmed
// profile has to be read anew.
const servedSlack = feed.Hour

// addPage adds what a page served.
func (c *cached) addPage(p *feed.Page) {
	old := len(c.served)
	if old+len(p.Places) > cap(c.served) {
		c.growServed(p)
		old = len(c.served)
	}
	for i := range p.Places {
		c.served = append(c.served, feed.ServedArticle{Article: p.Places[i].Article, At: p.Stamp})
	}
	if old > 0 && c.served[old-1].At > p.Stamp {
		// Stamps of several channels need not come in order.
		c.served = slices.Clone(c.served)
		sortServed(c.served)
	}
	newest := make([]feed.ChannelStamp, 0, len(c.newest)+1)
	for _, n := range c.newest {
		if n.Channel != p.Channel {
			newest = append(newest, n)
		}
	}
	c.newest = append(newest, feed.ChannelStamp{Channel: p.Channel, Stamp: p.Stamp})
}

// growServed makes room, and leaves behind what no refresh at about the page's
// time can need.
func (c *cached) growServed(p *feed.Page) {
	from := p.Stamp - feed.ServedWindow - servedSlack
	i := 0
	for i < len(c.served) && c.served[i].At < from {
		i++
	}
	if i > 0 {
		c.from = max(c.from, from)
	}
	rest := c.served[i:]
	need := len(rest) + len(p.Places)
	c.served = append(make([]feed.ServedArticle, 0, need+need/2), rest...)
}

func sortServed(served []feed.ServedArticle) {
	slices.SortStableFunc(served, func(a, b feed.ServedArticle) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
}

// longActed is from how many articles on a set is kept of them.
const longActed = 64

func (c *cached) addActed(id feed.ArticleID) {
	if c.known == nil && len(c.acted) >= longActed {
		c.known = make(map[feed.ArticleID]struct{}, 2*len(c.acted))
		for _, a := range c.acted {
			c.known[a] = struct{}{}
		}
	}
	if c.known == nil {
		if slices.Contains(c.acted, id) {
			return
		}
	} else {
		if _, ok := c.known[id]; ok {
			return
		}
		c.known[id] = struct{}{}
	}
	c.acted = append(c.acted, id)
}

// addActs adds acts in the order they were recorded.
func (c *cached) addActs(acts []feed.Act) {
	for i := range acts {
		c.addActed(acts[i].Article)
	}
	c.acts = append(c.acts, acts...)
	if n := len(c.acts) - feed.MaxActs; n > 0 {
		c.acts = c.acts[n:]
	}
}

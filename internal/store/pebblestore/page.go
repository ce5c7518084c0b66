package pebblestore

import (
	"context"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// PutPage is as the contract says. The reader's lock is held while the page
// becomes visible, not while it is written.
func (s *Store) PutPage(ctx context.Context, page *feed.Page, version uint64) error {
	if err := page.User.Validate("user_id"); err != nil {
		return err
	}
	switch {
	case page.User == feed.Anonymous:
		return feed.Invalidf("user_id", "is empty; pages of anonymous readers are not stored")
	case page.Channel < 0:
		return feed.Invalidf("channel_id", "is %d; ids are not negative", page.Channel)
	case page.Stamp <= 0:
		return feed.Invalidf("time_stamp", "is %d; a page's stamp is above 0", page.Stamp)
	}
	if err := s.enterWrite(ctx); err != nil {
		return err
	}
	defer s.leave()
	b := s.db.NewBatch()
	if err := s.setPage(b, page); err != nil {
		return err
	}
	st := &s.stripes[s.stripeOf(page.User)]
	st.mu.Lock()
	c := st.lookLocked(page.User)
	if c == nil || c.version != version {
		st.mu.Unlock()
		_ = b.Close()
		return feed.ErrConflict
	}
	if newest := newestOf(c, page.Channel); page.Stamp <= newest {
		st.mu.Unlock()
		_ = b.Close()
		return feed.Invalidf("time_stamp", "is %d, not above the newest page's %d", page.Stamp, newest)
	}
	if err := s.apply(b); err != nil {
		st.dropLocked(page.User)
		st.mu.Unlock()
		return err
	}
	st.changes++
	c.addPage(page)
	c.changed(s.versions.Add(1))
	st.sizedLocked(c)
	st.mu.Unlock()
	return s.finish(b)
}

// encodedPage is the memory that a page is encoded in.
type encodedPage struct {
	key, time, page []byte
}

// setPage adds a page to a batch: its head under its reader, and all of it under
// its time. What is written under times comes in order, so Pebble moves its
// tables down without writing them again; what is written under readers comes
// in none and is merged at each level, so it is kept small. The batch copies what it
// is given, and the memory serves the next.
func (s *Store) setPage(b *pebble.Batch, page *feed.Page) error {
	e, _ := s.encoded.Get().(*encodedPage)
	if e == nil {
		e = new(encodedPage)
	}
	defer s.encoded.Put(e)
	e.key = pageKey(e.key[:0], page.User, page.Channel, page.Stamp)
	e.time = timeKey(e.time[:0], page.Stamp, e.key)
	e.page = store.AppendPage(e.page[:0], page)
	head, err := store.PageHead(e.page)
	if err != nil {
		return err
	}
	if err := set(b, e.key, head); err != nil {
		return err
	}
	return set(b, e.time, e.page)
}

func newestOf(c *cached, channel feed.ChannelID) feed.Millis {
	for _, n := range c.newest {
		if n.Channel == channel {
			return n.Stamp
		}
	}
	return 0
}

// PageAt is as the contract says.
func (s *Store) PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (*feed.Page, error) {
	oldest = max(oldest, 0)
	if at < oldest || channel < 0 || user == feed.Anonymous || len(user) > feed.MaxUserID {
		return nil, nil
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	if at == math.MaxInt64 {
		at--
	}
	it, err := s.iter(pageKey(nil, user, channel, oldest), pageKey(nil, user, channel, at+1))
	if err != nil {
		return nil, err
	}
	defer it.Close()
	if !it.Last() {
		if err := it.Error(); err != nil {
			return nil, unread(err)
		}
		return nil, nil
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return nil, unread(err)
	}
	whole, err := wholePage(v)
	if err != nil {
		return nil, err
	}
	if whole {
		return store.DecodePage(v)
	}
	return pageOf(it)
}

// wholePage reports whether the value of a page's key is all of the page, as in
// layout 1, and not its head.
func wholePage(v []byte) (bool, error) {
	head, err := store.PageHead(v)
	return err == nil && len(head) < len(v), err
}

// pageOf reads the page whose head an iterator is at, from where that sees it.
func pageOf(it *pebble.Iterator) (*feed.Page, error) {
	key := timeKey(nil, feed.Millis(tail8(it.Key())), it.Key())
	it.SetBounds(key, append(slices.Clone(key), 0))
	if !it.First() {
		if err := it.Error(); err != nil {
			return nil, unread(err)
		}
		return nil, feed.Errorf(feed.Internal, "stored page: there is nothing but its head")
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return nil, unread(err)
	}
	return store.DecodePage(v)
}

package pebblestore

import (
	"context"
	"math"

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
	key := pageKey(nil, page.User, page.Channel, page.Stamp)
	if err := s.setPage(b, key, page); err != nil {
		return err
	}
	if err := set(b, timeKey(nil, page.Stamp, key), nil); err != nil {
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

// setPage adds a page to a batch, which copies it: the memory that it is encoded in
// serves the next.
func (s *Store) setPage(b *pebble.Batch, key []byte, page *feed.Page) error {
	room, _ := s.encoded.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
	}
	defer s.encoded.Put(room)
	*room = store.AppendPage((*room)[:0], page)
	return set(b, key, *room)
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
	return store.DecodePage(v)
}

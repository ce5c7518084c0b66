package pebblestore

import (
	"context"
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Profile is as the contract says; a cached profile costs no reads.
func (s *Store) Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error) {
	if user == feed.Anonymous {
		return &feed.Profile{}, nil
	}
	if err := user.Validate("user_id"); err != nil {
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	cutoff := max(now-feed.ServedWindow, 0)
	st := &s.stripes[s.stripeOf(user)]
	st.mu.Lock()
	defer st.mu.Unlock()
	for try := 0; ; try++ {
		kept := st.lookLocked(user)
		if kept != nil && cutoff >= kept.from {
			return kept.profileAt(cutoff), nil
		}
		changes := st.changes
		// A stripe that never comes to rest is read under its lock at last.
		quiet := try < 3
		if quiet {
			st.mu.Unlock()
		}
		c, err := s.load(user, max(cutoff-servedSlack, 0))
		if quiet {
			st.mu.Lock()
		}
		if err != nil {
			return nil, err
		}
		if st.changes != changes {
			continue // some reader of the stripe changed: it may have been this one
		}
		if kept = st.lookLocked(user); kept == nil {
			c.version = s.versions.Add(1)
			st.keepLocked(c)
		} else if c.from < kept.from {
			// The same profile, seen from further back.
			kept.served, kept.from, kept.view = c.served, c.from, nil
			st.sizedLocked(kept)
		}
	}
}

// load reads a reader's profile from the disk, without a version, with what was
// served at or after from.
func (s *Store) load(user feed.UserID, from feed.Millis) (*cached, error) {
	prefix := readerKey(nil, user)
	it, err := s.iter(prefix, append(readerKey(nil, user), kindEnd))
	if err != nil {
		return nil, err
	}
	c := &cached{user: user, from: from}
	err = c.load(it, prefix)
	if closing := it.Close(); err == nil && closing != nil {
		err = unread(closing)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// load reads from an iterator that has the reader's keys for its bounds, which
// begin with prefix.
func (c *cached) load(it *pebble.Iterator, prefix []byte) error {
	if err := c.loadActs(it, append(prefix, kindActs)); err != nil || !it.Valid() {
		return err // without pages, if it came to the end
	}
	return c.loadPages(it, c.user)
}

// loadActs leaves the iterator at the first key after the acts.
func (c *cached) loadActs(it *pebble.Iterator, prefix []byte) error {
	var acts []feed.Act
	for it.SeekGE(prefix); it.Valid() && it.Key()[len(prefix)-1] == kindActs; it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return unread(err)
		}
		if acts, err = store.DecodeActs(acts[:0], v); err != nil {
			return err
		}
		for i := range acts {
			c.addActed(acts[i].Article)
			if acts[i].Action != actionLost {
				c.acts = append(c.acts, acts[i])
			}
		}
		if n := len(c.acts) - feed.MaxActs; n > 0 {
			c.acts = append(c.acts[:0], c.acts[n:]...)
		}
	}
	return iterated(it)
}

// iterated returns why an iteration ended early; the next seek would clear it.
func iterated(it *pebble.Iterator) error {
	if err := it.Error(); err != nil {
		return unread(err)
	}
	return nil
}

// loadPages reads each channel's pages from c.from on, and the stamp of its
// newest page even if that is older. The iterator is at no key after the pages.
func (c *cached) loadPages(it *pebble.Iterator, user feed.UserID) error {
	prefix := append(readerKey(nil, user), kindPage)
	at := len(prefix)
	var ids []feed.ArticleID
	ok := it.Key()[at-1] == kindPage || it.SeekGE(prefix)
	for ok && it.Key()[at-1] == kindPage {
		channel := feed.ChannelID(binary.BigEndian.Uint32(it.Key()[at:]))
		var newest feed.Millis
		in := func() bool {
			return it.Valid() && it.Key()[at-1] == kindPage && feed.ChannelID(binary.BigEndian.Uint32(it.Key()[at:])) == channel
		}
		if feed.Millis(tail8(it.Key())) < c.from {
			it.SeekGE(pageKey(nil, user, channel, c.from))
		}
		for ; in(); it.Next() {
			newest = feed.Millis(tail8(it.Key()))
			v, err := it.ValueAndErr()
			if err != nil {
				return unread(err)
			}
			if ids, err = store.AppendPageArticles(ids[:0], v); err != nil {
				return err
			}
			for _, id := range ids {
				c.served = append(c.served, feed.ServedArticle{Article: id, At: newest})
			}
		}
		if err := iterated(it); err != nil {
			return err
		}
		ok = it.Valid()
		if newest == 0 {
			next := channelKey(nil, user, channel+1)
			if it.SeekLT(next) && in() {
				newest = feed.Millis(tail8(it.Key()))
			} else if err := iterated(it); err != nil {
				return err
			}
			ok = it.SeekGE(next)
		}
		c.newest = append(c.newest, feed.ChannelStamp{Channel: channel, Stamp: newest})
	}
	if err := iterated(it); err != nil {
		return err
	}
	sortServed(c.served)
	return nil
}

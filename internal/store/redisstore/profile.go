package redisstore

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

const versionDigits = 16

// unknownVersion is the version of unknown readers before any was forgotten.
const unknownVersion = 1

// Profile is as the contract says, in one exchange. The version is read first:
// if the rest is newer, no page can be stored by it.
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
	p, b := s.names.partition(user), s.client.B()
	keys := [4]string{s.names.reader(p, "r", user), s.names.of(p, "meta"), s.names.reader(p, "d", user), s.names.reader(p, "s", user)}
	rs := s.doMulti(ctx, []rueidis.Completed{
		b.Get().Key(keys[0]).Build(),
		b.Hget().Key(keys[1]).Field("epoch").Build(),
		b.Get().Key(keys[2]).Build(),
		b.Zrange().Key(keys[3]).Min("0").Max("-1").Build(),
	})
	for i, r := range rs {
		if err := r.Error(); err != nil && !rueidis.IsRedisNil(err) {
			return nil, failed(err, "reading "+keys[i])
		}
	}
	profile := &feed.Profile{User: user, Version: unknownVersion}
	state, _ := rs[0].ToString()
	version, _ := rs[1].ToString()
	if len(state) >= versionDigits {
		version, state = state[:versionDigits], state[versionDigits:]
	}
	var err error
	if version != "" {
		if profile.Version, err = parseUint(version); err != nil {
			return nil, feed.Wrap(feed.Internal, err, "reading "+keys[0])
		}
	}
	if profile.Acts, err = unpackActs(state); err != nil {
		return nil, feed.Wrap(feed.Internal, err, "reading "+keys[0])
	}
	acted, _ := rs[2].ToString()
	if profile.Acted, err = unpackArticles([]feed.ArticleID{}, acted); err != nil {
		return nil, feed.Wrap(feed.Internal, err, "reading "+keys[2])
	}
	served, err := rs[3].AsStrSlice()
	if err != nil && !rueidis.IsRedisNil(err) {
		return nil, failed(err, "reading a profile")
	}
	if err := addServed(profile, served, max(now-feed.ServedWindow, 0)); err != nil {
		return nil, feed.Wrap(feed.Internal, err, "reading "+keys[3])
	}
	return profile, nil
}

// addServed unpacks what pages say of themselves, ascending by stamp.
func addServed(p *feed.Profile, pages []string, cutoff feed.Millis) error {
	for _, page := range pages {
		if len(page) < pageName {
			return feed.Errorf(feed.Internal, "stored page's name is %d bytes long", len(page))
		}
		var name [pageName]byte
		copy(name[:], page)
		stamp := feed.Millis(binary.BigEndian.Uint64(name[:]))
		channel := feed.ChannelID(binary.BigEndian.Uint32(name[8:]))
		i := slices.IndexFunc(p.Newest, func(n feed.ChannelStamp) bool { return n.Channel == channel })
		if i < 0 {
			p.Newest = append(p.Newest, feed.ChannelStamp{Channel: channel, Stamp: stamp})
		} else {
			p.Newest[i].Stamp = stamp
		}
		if stamp < cutoff {
			continue
		}
		for packed := page[pageName:]; packed != ""; {
			var id feed.ArticleID
			var err error
			if id, packed, err = unpackArticle(packed); err != nil {
				return err
			}
			p.Served = append(p.Served, feed.ServedArticle{Article: id, At: stamp})
		}
	}
	return nil
}

// packActs packs acts for the scripts: for each a byte of length and its
// encoding, which begins with its article.
func packActs(sig *feed.Signal) string {
	var b []byte
	for i := range sig.Events {
		if !sig.Events[i].Action.Acted() {
			continue
		}
		b = packAct(b, feed.ActOf(&sig.Events[i]))
	}
	return string(b)
}

func packAct(dst []byte, a feed.Act) []byte {
	at := len(dst)
	dst = store.AppendActs(dst, a) // its format byte gives way to the length
	dst[at] = byte(len(dst) - at - 1)
	return dst
}

func unpackActs(packed string) ([]feed.Act, error) {
	if packed == "" {
		return nil, nil
	}
	// Formats of acts are all one in a store's layout.
	b, acts := store.AppendActs(make([]byte, 0, len(packed))), 0
	for at := 0; at < len(packed); acts++ {
		n := int(packed[at])
		if at+1+n > len(packed) {
			return nil, feed.Errorf(feed.Internal, "stored acts: is cut short")
		}
		b = append(b, packed[at+1:at+1+n]...)
		at += 1 + n
	}
	return store.DecodeActs(make([]feed.Act, 0, acts), b)
}

func packArticles(dst []byte, places []feed.Place) []byte {
	for i := range places {
		dst = binary.AppendUvarint(dst, uint64(places[i].Article))
	}
	return dst
}

func unpackArticles(dst []feed.ArticleID, packed string) ([]feed.ArticleID, error) {
	for packed != "" {
		id, rest, err := unpackArticle(packed)
		if err != nil {
			return nil, err
		}
		dst, packed = append(dst, id), rest
	}
	return dst, nil
}

// unpackArticle returns the first of some packed articles, and the rest.
func unpackArticle(packed string) (id feed.ArticleID, rest string, err error) {
	var number [binary.MaxVarintLen64]byte
	v, n := binary.Uvarint(number[:copy(number[:], packed)])
	if n <= 0 {
		return 0, "", feed.Errorf(feed.Internal, "stored articles: holds a bad number")
	}
	return feed.ArticleID(v), packed[n:], nil
}

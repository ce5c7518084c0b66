package redisstore

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// pageName is the length of a page's name among its reader's: stamp, channel.
const pageName = 8 + 4

func appendPageName(dst []byte, channel feed.ChannelID, stamp feed.Millis) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(stamp))
	return binary.BigEndian.AppendUint32(dst, uint32(channel))
}

// keyLife is how long Redis keeps pages and marks that Prune has not removed.
const keyLife = time.Duration(feed.PageLife+2*feed.Day) * time.Millisecond

// PutPage is as the contract says. It does not wait for replicas.
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
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	p, user := s.names.partition(page.User), page.User
	name := string(appendPageName(nil, page.Channel, page.Stamp))
	r := s.run(ctx, call{&s.scripts.page, []string{
		s.names.reader(p, "r", user), s.names.of(p, "meta"), s.names.reader(p, "s", user), s.names.reader(p, "p", user), s.names.of(p, "times"),
	}, []string{
		digits(version), digits(page.Stamp), name, rueidis.BinaryString(packArticles(nil, page.Places)),
		rueidis.BinaryString(store.AppendPage(nil, page)), string(user), digits(keyLife.Milliseconds()),
	}})
	n, err := r.AsInt64()
	switch {
	case err != nil:
		return failed(err, "storing a page")
	case n == 0:
		return feed.ErrConflict
	case n < 0:
		return feed.Invalidf("time_stamp", "is %d, which a page of the channel has already", page.Stamp)
	}
	return nil
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
	p := s.names.partition(user)
	r := s.run(ctx, call{&s.scripts.pageAt, []string{s.names.reader(p, "s", user), s.names.reader(p, "p", user)}, []string{
		digits(at), digits(oldest), string(binary.BigEndian.AppendUint32(nil, uint32(channel))),
	}})
	text, err := r.ToString()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "reading a page")
	}
	return store.DecodePage([]byte(text))
}

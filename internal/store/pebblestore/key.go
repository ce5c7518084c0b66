package pebblestore

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// First bytes of keys, and the kinds of a reader's keys. The order of the kinds
// matters to nothing but the length of scans.
const (
	keyArticle = 'a'
	keySigning = 'k'
	keyLog     = 'l'
	keyMove    = 'm'
	keyReader  = 'r'
	keyTime    = 't'

	kindMark  = 'd'
	kindActs  = 'e'
	kindPage  = 'p'
	kindOther = 'x'
	kindEnd   = 0xff // above every kind
)

func articleKey(dst []byte, id feed.ArticleID) []byte {
	return binary.BigEndian.AppendUint64(append(dst, keyArticle), uint64(id))
}

func signingKey(dst []byte, id uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, keySigning), id)
}

func logKey(dst []byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, keyLog), seq)
}

// readerHead is how many bytes of a reader's key come before their id.
const readerHead = 2

// readerPrefix is the part of a reader's key that all of their keys begin with.
func readerPrefix(key []byte) ([]byte, error) {
	if len(key) < readerHead || len(key) < readerHead+int(key[1])+1 {
		return nil, feed.Errorf(feed.Internal, "stored reader's key %x is none", key)
	}
	return key[:readerHead+int(key[1])], nil
}

// readerKey begins every key of a reader; user ids are at most 128 bytes.
func readerKey(dst []byte, user feed.UserID) []byte {
	return append(append(dst, keyReader, byte(len(user))), user...)
}

func markKey(dst []byte, user feed.UserID, key *feed.Key) []byte {
	return append(append(readerKey(dst, user), kindMark), key[:]...)
}

func actsKey(dst []byte, user feed.UserID, kind byte, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append(readerKey(dst, user), kind), seq)
}

func channelKey(dst []byte, user feed.UserID, channel feed.ChannelID) []byte {
	return binary.BigEndian.AppendUint32(append(readerKey(dst, user), kindPage), uint32(channel))
}

func pageKey(dst []byte, user feed.UserID, channel feed.ChannelID, stamp feed.Millis) []byte {
	return binary.BigEndian.AppendUint64(channelKey(dst, user, channel), uint64(stamp))
}

// timeKey indexes a page's or mark's key by its time, which is not negative.
func timeKey(dst []byte, at feed.Millis, key []byte) []byte {
	return append(binary.BigEndian.AppendUint64(append(dst, keyTime), uint64(at)), key...)
}

// marksKey says by time that the marks of n entries of the log, from one on, were
// made then: one key for what is written at once, where there would be one for each.
func marksKey(dst []byte, at feed.Millis, first uint64, n int) []byte {
	dst = logKey(timeKey(dst, at, nil), first)
	return binary.BigEndian.AppendUint16(dst, uint16(n))
}

// timed is what is to be removed in time: what a time key is of, with that key; a
// mark that an entry of the log tells of; or a key that says which entries do.
type timed struct {
	key  []byte // the whole time key; nil for a mark that the log tells of
	of   []byte // the key it indexes, a part of it; nil if it is of entries of the log
	user feed.UserID
	page bool
	at   feed.Millis

	first uint64 // of the n entries of the log
	n     int
}

// parseTimeKey takes a time key apart; false if it is none.
func parseTimeKey(key []byte) (timed, bool) {
	const head = 1 + 8
	if len(key) < head+3 || key[0] != keyTime {
		return timed{}, false
	}
	t := timed{key: key, at: feed.Millis(binary.BigEndian.Uint64(key[1:]))}
	switch of := key[head:]; of[0] {
	case keyLog:
		if len(of) != 1+8+2 {
			return timed{}, false
		}
		t.first, t.n = binary.BigEndian.Uint64(of[1:]), int(binary.BigEndian.Uint16(of[9:]))
	case keyReader:
		n := int(of[1])
		if len(of) < 2+n+1 {
			return timed{}, false
		}
		t.of, t.user, t.page = of, feed.UserID(of[2:2+n]), of[2+n] == kindPage
	default:
		return timed{}, false
	}
	return t, true
}

// tail8 is the number at the end of a key.
func tail8(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

// position is a log sequence as positions show it: they compare as strings.
func position(seq uint64) feed.Position {
	if seq == 0 {
		return ""
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seq)
	return feed.Position(b[:])
}

func sequence(p feed.Position) (uint64, error) {
	switch len(p) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64([]byte(p)), nil
	}
	return 0, feed.Errorf(feed.Invalid, "position %q is not one of this store", string(p))
}

package redisstore

import (
	"encoding/binary"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
)

// names are the names of keys. A partition's keys begin with the prefix and the
// partition's tag in braces; readers' keys end with the user id.
//
//	<tag>log            stream: entries of the log, ids <microseconds>-0
//	<tag>meta           hash: last, epoch, trim, touched; see prelude.lua
//	<tag>times          sorted set: users by the time of their oldest page or mark
//	<tag>r:<user>       string: 16 digits of version, the latest acts
//	<tag>d:<user>       string: articles ever acted on, uvarints
//	<tag>k:<user>       sorted set: keys of signals by time
//	<tag>e:<user>       string: ids of the reader's entries, 8 bytes each
//	<tag>s:<user>       sorted set: stamp, channel and articles of pages by stamp
//	<tag>p:<user>       hash: stamp and channel to page
//
// The last partition has, besides log and meta:
//
//	<tag>articles       hash: 8 bytes of article id to article
//	<tag>ids            sorted set: 8 bytes of article id, all of score 0
//	<tag>keys           hash: id to signing key
//
// And on a slot of its own:
//
//	{order}order        stream: 2 bytes of partition, 8 bytes of entry id
//	{order}marks        hash: partition to the entry up to which it is ordered;
//	                    seq and end of the order; format and partitions;
//	                    copy, how far a copy into this store is; touched
type names struct {
	prefix string
	tags   []string
	order  string // the order
	marks  string
}

func newNames(prefix string, partitions int) names {
	return names{
		prefix: prefix,
		tags:   append(tags(partitions), "articles"),
		order:  prefix + "{order}order",
		marks:  marksKey(prefix),
	}
}

func marksKey(prefix string) string { return prefix + "{order}marks" }

func (n *names) of(p int, rest string) string { return n.prefix + "{" + n.tags[p] + "}" + rest }

func (n *names) reader(p int, kind string, user feed.UserID) string {
	return n.prefix + "{" + n.tags[p] + "}" + kind + ":" + string(user)
}

// catalogue is the partition of articles and signing keys.
func (n *names) catalogue() int { return len(n.tags) - 1 }

// partition is where a reader is.
func (n *names) partition(user feed.UserID) int {
	return int(xxhash.Sum64String(string(user)) % uint64(len(n.tags)-1))
}

// partitionOf is where a signal goes: anonymous ones are spread by their keys.
func (n *names) partitionOf(s *feed.Signal) int {
	if s.User == feed.Anonymous {
		return int(binary.LittleEndian.Uint64(s.Key[:]) % uint64(len(n.tags)-1))
	}
	return n.partition(s.User)
}

func bigEndian(n uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return string(b[:])
}

func digits[T ~int | ~int64 | ~uint64 | ~uint32](n T) string {
	if n < 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatUint(uint64(n), 10)
}

package importer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"readnext/rpc/reco/v1"
)

// occurrences counts equal events by a hash of what they say. Different events
// of one hash would number each other up; their names stay distinct and, for
// the same files, the same.
type occurrences map[uint64]uint32

// derivedSize is how many bytes a derived name adds to an encoded event.
const derivedSize = 2 + len(derivedPrefix) + 22

// derivedPrefix sets derived names apart from those that rows bring along.
const derivedPrefix = "row:"

// name gives an event without a name one that is the same whenever the same
// rows are imported: a hash of what it says and of how many equal ones came
// before. It returns a hash of the reader.
func (o occurrences) name(e *recov1.Event) (reader uint64) {
	reader = readerHash(e.UserId)
	if e.EventId != "" {
		return reader
	}
	says := binary.LittleEndian.AppendUint64(make([]byte, 0, 160), uint64(len(e.UserId)))
	says = append(says, e.UserId...)
	for _, x := range [...]int64{e.ArticleId, int64(e.Action), e.Time, int64(e.ChannelId), e.ReadTime} {
		says = binary.LittleEndian.AppendUint64(says, uint64(x))
	}
	sum := sha256.Sum256(says)
	equal := binary.LittleEndian.Uint64(sum[:])
	says = binary.LittleEndian.AppendUint64(says, uint64(o[equal]))
	o[equal]++
	sum = sha256.Sum256(says)
	e.EventId = derivedPrefix + base64.RawURLEncoding.EncodeToString(sum[:16])
	return reader
}

// readerHash is FNV-1a, mixed once more so that its low bits choose a shard.
func readerHash(user string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(user) {
		h = (h ^ uint64(user[i])) * 1099511628211
	}
	return h ^ h>>32
}

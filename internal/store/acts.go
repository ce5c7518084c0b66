package store

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// AppendActs appends the encoding of acts in order: format byte, then for each
// act uvarint article, action byte, varint time, uvarint channel, varint read
// time, up to the end.
func AppendActs(dst []byte, acts ...feed.Act) []byte {
	dst = append(dst, actsFormat)
	for i := range acts {
		a := &acts[i]
		dst = binary.AppendUvarint(dst, uint64(a.Article))
		dst = append(dst, byte(a.Action))
		dst = binary.AppendVarint(dst, int64(a.Time))
		dst = binary.AppendUvarint(dst, uint64(a.Channel))
		dst = binary.AppendVarint(dst, int64(a.ReadTime))
	}
	return dst
}

// DecodeActs appends to dst the acts that AppendActs encoded. Errors are
// [feed.Internal].
func DecodeActs(dst []feed.Act, b []byte) ([]feed.Act, error) {
	d := decoder{b: b, what: "acts"}
	d.format(actsFormat)
	for len(d.b) > 0 {
		a := feed.Act{Article: d.article(), Action: feed.Action(d.byte()), Time: d.millis(), Channel: d.channel(), ReadTime: d.millis()}
		if d.err == nil {
			dst = append(dst, a)
		}
	}
	return dst, d.err
}

package store

import (
	"encoding/binary"

	"readnext/internal/feed"
)

// AppendSigningKey appends the encoding of a signing key: format byte, uvarint
// id, varint created, 32 bytes secret.
func AppendSigningKey(dst []byte, k *feed.SigningKey) []byte {
	dst = append(dst, keyFormat)
	dst = binary.AppendUvarint(dst, uint64(k.ID))
	dst = binary.AppendVarint(dst, int64(k.Created))
	return append(dst, k.Secret[:]...)
}

// DecodeSigningKey decodes what AppendSigningKey appended. Errors are
// [feed.Internal] and do not quote the secret.
func DecodeSigningKey(b []byte) (feed.SigningKey, error) {
	d := decoder{b: b, what: "signing key"}
	d.format(keyFormat)
	k := feed.SigningKey{ID: d.uint32(), Created: d.millis()}
	copy(k.Secret[:], d.take(len(k.Secret)))
	if err := d.end(); err != nil {
		return feed.SigningKey{}, err
	}
	return k, nil
}

package track

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"

	"readnext/internal/feed"
)

// Keyring holds the keys that sign and verify. It is safe for concurrent use;
// the zero ring is empty.
type Keyring struct {
	keys    atomic.Pointer[[]*key]
	buffers sync.Pool // of *buffer
}

// buffer is what Verify decodes in.
type buffer struct {
	text [maxText]byte
	raw  [maxRaw]byte
}

func (k *Keyring) buffer() *buffer {
	if b, ok := k.buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

// NewKey makes a key from the system's randomness.
func NewKey(id uint32, now feed.Millis) (feed.SigningKey, error) {
	k := feed.SigningKey{ID: id, Created: now}
	if _, err := rand.Read(k.Secret[:]); err != nil {
		return feed.SigningKey{}, feed.Wrap(feed.Internal, err, "making a signing key")
	}
	return k, nil
}

// Set replaces all keys at once. Keys of id 0 are left out.
func (k *Keyring) Set(keys []feed.SigningKey) {
	ring := make([]*key, 0, len(keys))
	for i := range keys {
		if keys[i].ID != 0 {
			ring = append(ring, newKey(&keys[i]))
		}
	}
	k.keys.Store(&ring)
}

// Current returns the highest id, which new pages are signed with; 0 when there
// are no keys.
func (k *Keyring) Current() uint32 {
	var id uint32
	if ring := k.keys.Load(); ring != nil {
		for _, key := range *ring {
			id = max(id, key.id)
		}
	}
	return id
}

// key returns the key of an id, nil if there is none. Rings hold a handful of
// keys, so it looks through all of them.
func (k *Keyring) key(id uint32) *key {
	if ring := k.keys.Load(); ring != nil {
		for _, key := range *ring {
			if key.id == id {
				return key
			}
		}
	}
	return nil
}

// key is a signing key with its keyed hash states, which crypto/hmac computes
// once and restores on Reset.
type key struct {
	id   uint32
	pool sync.Pool // of *state
}

// Labels of the keys that are derived from a secret, one for each form, so that
// a tag of one form says nothing about the other.
const (
	labelTrack    = "readnext param v1 track"
	labelExposure = "readnext param v1 exposure"
)

func newKey(from *feed.SigningKey) *key {
	track := derive(from, labelTrack)
	exposure := derive(from, labelExposure)
	k := &key{id: from.ID}
	k.pool.New = func() any {
		return &state{track: hmac.New(sha256.New, track), exposure: hmac.New(sha256.New, exposure)}
	}
	return k
}

func derive(from *feed.SigningKey, label string) []byte {
	h := hmac.New(sha256.New, from.Secret[:])
	h.Write([]byte(label))
	return h.Sum(nil)
}

func (k *key) get() *state  { return k.pool.Get().(*state) }
func (k *key) put(s *state) { k.pool.Put(s) }

// state is what one Sign or Verify works with.
type state struct {
	track, exposure hash.Hash
	sum             [sha256.Size]byte
	raw, tail       []byte
	ends            []int
}

// sumTrack returns the tags of a header and a place; valid until the next sum.
func (s *state) sumTrack(body []byte) []byte { return s.sumWith(s.track, body) }

// sumExposure returns the tag of an exposure; valid until the next sum.
func (s *state) sumExposure(body []byte) []byte { return s.sumWith(s.exposure, body) }

func (s *state) sumWith(h hash.Hash, body []byte) []byte {
	h.Reset()
	h.Write(body)
	return h.Sum(s.sum[:0])
}

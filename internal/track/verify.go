package track

import (
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"readnext/internal/feed"
)

// strict rejects bits that a last character carries in excess. It still skips
// line breaks, which Verify rejects before.
var strict = base64.RawURLEncoding.Strict()

// Verify returns what a param says, if it is one that Sign made and of a page
// no older than [feed.PageLife] at now. The error is [ErrMalformed],
// [ErrUnknownKey], [ErrForged], [ErrExpired] or [ErrAhead].
func (k *Keyring) Verify(param string, now feed.Millis) (Claim, error) {
	if len(param) > maxText || strings.IndexByte(param, '\n') >= 0 || strings.IndexByte(param, '\r') >= 0 {
		return Claim{}, ErrMalformed
	}
	b := k.buffer()
	defer k.buffers.Put(b)
	n, err := strict.Decode(b.raw[:], b.text[:copy(b.text[:], param)])
	if err != nil {
		return Claim{}, ErrMalformed
	}
	c, body, tag, ok := parse(b.raw[:n])
	if !ok {
		return Claim{}, ErrMalformed
	}
	key := k.key(c.KeyID)
	if key == nil {
		return Claim{}, ErrUnknownKey
	}
	if !key.genuine(c.Action, body, tag) {
		return Claim{}, ErrForged
	}
	switch {
	case c.Stamp < now-feed.PageLife:
		return Claim{}, ErrExpired
	case c.Stamp > now+feed.MaxAhead:
		return Claim{}, ErrAhead
	}
	return c, nil
}

func (k *key) genuine(a feed.Action, body, tag []byte) bool {
	s := k.get()
	defer k.put(s)
	if a == feed.Exposure {
		return subtle.ConstantTimeCompare(tag, s.sumExposure(body)[:exposureTag]) == 1
	}
	q := quarterOf(a)
	return subtle.ConstantTimeCompare(tag, s.sumTrack(body)[q*quarterSize:(q+1)*quarterSize]) == 1
}

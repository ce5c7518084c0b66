// Package track signs the params of a page and verifies the ones that come
// back.
//
// A param says by itself which reader was shown which article, where, by which
// policy and with what probability, so any replica or offline job attributes a
// signal without a lookup. It has exactly one spelling: whatever [Keyring.Verify]
// accepts, [Keyring.Sign] would write again, byte for byte.
//
// The trade is size for lookups: a param is some 50 bytes longer than the
// reader's id. It is signed, not encrypted: who holds it can read it. docs/params.md
// holds the format and its security argument.
//
// The zero [Keyring] is ready for use and knows no keys.
package track

import (
	"encoding/base64"
	"unsafe"

	"readnext/internal/feed"
)

// Params are the params of one page. They are valid until the next page is
// signed into the same Params, whose memory they are in.
type Params struct {
	Exposure string  // empty when the page has no places
	Places   []Place // one for each place of the page

	text []byte // of all of them, behind what they begin with
}

// Place holds the params of one article.
type Place struct {
	Click, Collect, Share, Read string
}

// MaxPlaces is how many places a page with params may have.
const MaxPlaces = 100

// Sign writes the params of a page into dst, whose memory it reuses: what dst
// held before changes. It signs with the page's key, and the same page gets the
// same params always.
//
// The error wraps [ErrUnknownKey] when the page's key is not in the ring. Other
// errors are pages that no page of ours can be: ids, channel or stamp out of
// range, more than [MaxPlaces] places, a propensity that is no finite number.
// All are of kind [feed.Internal]. On error dst is unspecified.
func (k *Keyring) Sign(p *feed.Page, dst *Params) error {
	key := k.key(p.KeyID)
	if key == nil {
		return feed.Wrap(feed.Internal, ErrUnknownKey, "signing a page")
	}
	if err := checkPage(p); err != nil {
		return err
	}
	dst.Exposure, dst.Places = "", dst.Places[:0]
	if len(p.Places) == 0 {
		return nil
	}
	s := key.get()
	defer key.put(s)

	s.raw = appendHeader(s.raw[:0], formTrack, p)
	header := len(s.raw)
	all := base64.RawURLEncoding.AppendEncode(dst.text[:0], s.raw)
	header64 := len(all)
	s.ends = s.ends[:0]
	for i := range p.Places {
		s.raw = appendPlace(s.raw[:header], &p.Places[i], i)
		body := len(s.raw)
		sum := s.sumTrack(s.raw)
		for q, a := range quarters {
			s.raw = append(s.raw, byte(a))
			s.raw = append(s.raw, sum[q*quarterSize:(q+1)*quarterSize]...)
		}
		// One encoding for the place and its four suffixes: each of these
		// parts is a multiple of 3 bytes, so their texts can be cut apart.
		s.tail = base64.RawURLEncoding.AppendEncode(s.tail[:0], s.raw[header:])
		place64 := (body - header) / 3 * 4
		for q := range quarters {
			cut := place64 + q*suffixText
			all = append(all, all[:header64]...)
			all = append(all, s.tail[:place64]...)
			all = append(all, s.tail[cut:cut+suffixText]...)
			s.ends = append(s.ends, len(all))
		}
	}
	s.raw = appendExposure(s.raw[:header], p)
	sum := s.sumExposure(s.raw)
	s.raw = append(s.raw, sum[:exposureTag]...)
	all = base64.RawURLEncoding.AppendEncode(all, s.raw)

	// The strings are views of dst's memory, as its comment says: a copy would be
	// most of what signing leaves to the garbage collector.
	dst.text = all
	text, from := unsafe.String(&all[header64], len(all)-header64), 0
	next := func(i int) string {
		to := s.ends[i] - header64
		param := text[from:to]
		from = to
		return param
	}
	for i := range p.Places {
		dst.Places = append(dst.Places, Place{
			Click: next(4 * i), Collect: next(4*i + 1), Share: next(4*i + 2), Read: next(4*i + 3),
		})
	}
	dst.Exposure = text[from:]
	return nil
}

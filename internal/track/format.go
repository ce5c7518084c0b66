package track

import (
	"encoding/binary"
	"math"

	"readnext/internal/feed"
)

// The first byte of a param: version 1 in its two forms.
const (
	formTrack    = 0x01
	formExposure = 0x02
)

// Sizes in bytes; suffixText in characters.
const (
	quarterSize = 8
	suffixSize  = 1 + quarterSize
	suffixText  = suffixSize / 3 * 4
	exposureTag = 16

	maxHeader = 156 // 154, padded
	maxRaw    = maxHeader + 1 + MaxPlaces*(binary.MaxVarintLen64+1+4) + exposureTag
	maxText   = (maxRaw*4 + 2) / 3
)

// quarters says whose tag each quarter of a place's HMAC is, and the order of
// the tracks of a place.
var quarters = [4]feed.Action{feed.Click, feed.Collect, feed.Share, feed.Read}

// quarterOf returns the place of an action in quarters, -1 if no param is made
// for it.
func quarterOf(a feed.Action) int {
	for q, b := range quarters {
		if a == b {
			return q
		}
	}
	return -1
}

// appendHeader appends what all params of a page begin with, up to a multiple
// of 3 bytes. dst is empty.
func appendHeader(dst []byte, form byte, p *feed.Page) []byte {
	dst = append(dst, form)
	dst = binary.AppendUvarint(dst, uint64(p.KeyID))
	dst = binary.AppendUvarint(dst, uint64(p.Stamp))
	dst = binary.AppendUvarint(dst, uint64(p.Channel))
	dst = binary.AppendUvarint(dst, uint64(p.Model))
	dst = append(dst, byte(len(p.User)))
	if p.User == feed.Anonymous {
		dst = binary.LittleEndian.AppendUint64(dst, p.Nonce)
	}
	dst = append(dst, p.User...)
	return pad(dst)
}

// appendPlace appends one place of a track to its header, up to a multiple of 3
// bytes.
func appendPlace(dst []byte, pl *feed.Place, position int) []byte {
	dst = binary.AppendUvarint(dst, uint64(pl.Article))
	dst = append(dst, byte(position), byte(pl.Arm))
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(pl.Propensity))
	return pad(dst)
}

// appendExposure makes a track's header that of an exposure and appends all
// places, their articles as differences.
func appendExposure(header []byte, p *feed.Page) []byte {
	header[0] = formExposure
	dst := append(header, byte(len(p.Places)))
	var last feed.ArticleID
	for i := range p.Places {
		pl := &p.Places[i]
		dst = binary.AppendVarint(dst, int64(pl.Article-last))
		dst = append(dst, byte(pl.Arm))
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(pl.Propensity))
		last = pl.Article
	}
	return dst
}

// pad appends zeros up to a multiple of 3 bytes, where base64 can be cut.
func pad(b []byte) []byte {
	for len(b)%3 != 0 {
		b = append(b, 0)
	}
	return b
}

// checkPage reports what would not survive the way there and back.
func checkPage(p *feed.Page) error {
	if err := p.User.Validate("user_id"); err != nil {
		return feed.Wrap(feed.Internal, err, "signing a page")
	}
	if p.Stamp <= 0 || p.Channel < 0 || len(p.Places) > MaxPlaces {
		return feed.Errorf(feed.Internal, "signing a page: stamp %d, channel %d, %d places: out of range",
			p.Stamp, p.Channel, len(p.Places))
	}
	for i := range p.Places {
		if pl := &p.Places[i]; pl.Article <= 0 || !probable(pl.Propensity) {
			return feed.Errorf(feed.Internal, "signing a page: article %d with propensity %v: out of range",
				pl.Article, pl.Propensity)
		}
	}
	return nil
}

// probable reports whether x is finite and not negative. A probability that
// rounding carried above 1 is no reason to fail a page.
func probable(x float32) bool { return x >= 0 && x <= math.MaxFloat32 }

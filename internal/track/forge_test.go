package track_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/track"
)

// mac is the format's HMAC, written from docs/params.md.
func mac(label string, body []byte) []byte {
	k := signing(1, 7)
	derived := hmac.New(sha256.New, k.Secret[:])
	derived.Write([]byte("readnext param v1 " + label))
	h := hmac.New(sha256.New, derived.Sum(nil))
	h.Write(body)
	return h.Sum(nil)
}

// seal makes a param of any body with a right signature, as a forger with the
// key could: what is rejected of these is rejected for its spelling. An action
// that has no quarter gets the first.
func seal(body []byte, a feed.Action) string {
	if a == feed.Exposure {
		return base64.RawURLEncoding.EncodeToString(append(body[:len(body):len(body)], mac("exposure", body)[:16]...))
	}
	q := max(0, strings.IndexByte("\x02\x04\x05\x03", byte(a)))
	body = append(append(body[:len(body):len(body)], byte(a)), mac("track", body)[8*q:8*q+8]...)
	return base64.RawURLEncoding.EncodeToString(body)
}

// bodies returns the signed part of a page's exposure and first track.
func bodies(t testing.TB, p *feed.Page) (exposure, first []byte) {
	t.Helper()
	ps := sign(t, ring(signing(1, 7)), p)
	exposure, err := base64.RawURLEncoding.DecodeString(ps.Exposure)
	if err != nil {
		t.Fatal(err)
	}
	first, err = base64.RawURLEncoding.DecodeString(ps.Places[0].Click)
	if err != nil {
		t.Fatal(err)
	}
	return exposure[:len(exposure)-16], first[:len(first)-9]
}

func TestSealIsSign(t *testing.T) {
	p := pageOf("1", 10)
	ps := sign(t, ring(signing(1, 7)), p)
	exposure, first := bodies(t, p)
	for _, pair := range [][2]string{
		{seal(exposure, feed.Exposure), ps.Exposure},
		{seal(first, feed.Click), ps.Places[0].Click},
		{seal(first, feed.Collect), ps.Places[0].Collect},
		{seal(first, feed.Share), ps.Places[0].Share},
		{seal(first, feed.Read), ps.Places[0].Read},
	} {
		if pair[0] != pair[1] {
			t.Errorf("by the manual %s, signed %s", pair[0], pair[1])
		}
	}
}

func TestAlteredParamsAreRejected(t *testing.T) {
	k := ring(signing(1, 7))
	for _, user := range []feed.UserID{"1", "reader", feed.Anonymous} {
		ps := sign(t, k, pageOf(user, 3))
		for _, param := range []string{ps.Exposure, ps.Places[0].Click, ps.Places[2].Read} {
			reject := func(altered string) {
				t.Helper()
				if c, err := k.Verify(altered, now); err == nil {
					t.Errorf("%q, altered from %q, says %+v", altered, param, c)
				}
			}
			for i := range len(param) {
				for b := range 256 {
					if byte(b) != param[i] {
						reject(param[:i] + string([]byte{byte(b)}) + param[i+1:])
					}
				}
				reject(param[:i])
				reject(param[i+1:])
				reject(param[:i] + param[i+1:])
				for _, in := range []string{"A", "=", "\n", "\r\n", " "} {
					reject(param[:i] + in + param[i:])
				}
			}
			raw, err := base64.RawURLEncoding.DecodeString(param)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 8 * len(raw) {
				raw[i/8] ^= 1 << (i % 8)
				reject(base64.RawURLEncoding.EncodeToString(raw))
				raw[i/8] ^= 1 << (i % 8)
			}
			for _, tail := range []string{"=", "==", "A", "AA", "AAA", "AAAA", "\n", "\n\n\n\n", param} {
				reject(param + tail)
			}
			reject(base64.URLEncoding.EncodeToString(append(raw, 0)))
		}
	}
}

func TestSwappedPartsAreRejected(t *testing.T) {
	k := ring(signing(1, 7))
	pages := []*feed.Page{pageOf("u1", 3), pageOf("u2", 3), pageOf("u1", 3), pageOf("u1", 3), pageOf("u1", 3)}
	pages[2].Stamp++
	pages[3].Channel++
	pages[4].Model++
	var params []string
	genuine := map[string]bool{}
	for _, p := range pages {
		ps, _ := all(sign(t, k, p))
		for _, param := range ps {
			params = append(params, param)
			genuine[param] = true
		}
	}
	for _, a := range params {
		for _, b := range params {
			for cut := 4; cut < min(len(a), len(b)); cut += 4 {
				for _, mixed := range []string{a[:cut] + b[cut:], a[:len(a)-cut] + b[len(b)-cut:]} {
					if _, err := k.Verify(mixed, now); err == nil && !genuine[mixed] {
						t.Fatalf("%q, mixed from %q and %q, was accepted", mixed, a, b)
					}
				}
			}
		}
	}
}

func TestQuarterOfAnotherActionIsForged(t *testing.T) {
	k := ring(signing(1, 7))
	_, first := bodies(t, pageOf("1", 1))
	for _, made := range []feed.Action{feed.Click, feed.Read, feed.Collect, feed.Share} {
		raw, _ := base64.RawURLEncoding.DecodeString(seal(first, made))
		for _, said := range []feed.Action{feed.Click, feed.Read, feed.Collect, feed.Share} {
			raw[len(first)] = byte(said)
			_, err := k.Verify(base64.RawURLEncoding.EncodeToString(raw), now)
			if made == said && err != nil || made != said && !errors.Is(err, track.ErrForged) {
				t.Errorf("%v's tag as %v: %v", made, said, err)
			}
		}
		for _, said := range []feed.Action{0, feed.Exposure, feed.Dislike, 255} {
			raw[len(first)] = byte(said)
			if _, err := k.Verify(base64.RawURLEncoding.EncodeToString(raw), now); !errors.Is(err, track.ErrMalformed) {
				t.Errorf("%v's tag as action %d: %v", made, said, err)
			}
		}
	}
}

// TestOtherSpellingsAreRejected gives bodies that say what a genuine one says,
// or nearly, a right signature.
func TestOtherSpellingsAreRejected(t *testing.T) {
	k := ring(signing(1, 7))
	exposure, first := bodies(t, pageOf("1", 2))
	splice := func(b []byte, at, drop int, in ...byte) []byte {
		return append(append(append([]byte{}, b[:at]...), in...), b[at+drop:]...)
	}
	// Offsets: form 0, key 1, stamp 2-7, channel 8, model 9, length 10,
	// user 11, place from 12: article 12-13, position 14, arm 15,
	// propensity 16-19, padding 20.
	for name, body := range map[string][]byte{
		"unknown form":           splice(first, 0, 1, 3),
		"form 0":                 splice(first, 0, 1, 0),
		"long key id":            splice(first, 1, 1, 0x81, 0, 0, 0),
		"key id 0":               splice(first, 1, 1, 0),
		"long channel":           splice(first, 8, 1, 0x83, 0x80, 0x80, 0x00),
		"channel above int32":    splice(first, 8, 1, 0x80, 0x80, 0x80, 0x80, 0x08, 0, 0),
		"stamp 0":                splice(first, 2, 6, 0, 0, 0),
		"user of 129 bytes":      splice(first, 10, 2, append([]byte{129}, make([]byte, 130)...)...),
		"user not UTF-8":         splice(first, 11, 1, 0xff),
		"user of NUL":            splice(first, 11, 1, 0),
		"padding in header":      splice(first, 12, 0, 0, 0, 0),
		"article 0":              splice(first, 12, 2, 0, 0),
		"negative article":       splice(first, 12, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0),
		"overflowing article":    splice(first, 12, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0),
		"position 100":           splice(first, 14, 1, 100),
		"NaN propensity":         splice(first, 16, 4, 0, 0, 0xc0, 0x7f),
		"infinite propensity":    splice(first, 16, 4, 0, 0, 0x80, 0x7f),
		"negative propensity":    splice(first, 16, 4, 0, 0, 0x80, 0xbf),
		"padding not zero":       splice(first, 20, 1, 1),
		"no padding":             first[:20],
		"padding too long":       splice(first, 21, 0, 0, 0, 0),
		"two places":             splice(first, 21, 0, first[12:]...),
		"no place":               first[:12],
		"form of an exposure":    splice(first, 0, 1, 2),
		"an exposure as a track": exposure,
	} {
		if c, err := k.Verify(seal(body, feed.Click), now); !errors.Is(err, track.ErrMalformed) {
			t.Errorf("track, %s: %v, claim %+v", name, err, c)
		}
	}
	for name, body := range map[string][]byte{
		"form of a track":    splice(exposure, 0, 1, 1),
		"no places":          splice(exposure[:13], 12, 1, 0),
		"101 places":         splice(exposure, 12, 1, 101),
		"one place too few":  splice(exposure, 12, 1, 3),
		"one place too many": splice(exposure, 12, 1, 1),
		"trailing zero":      splice(exposure, len(exposure), 0, 0),
		"article 0":          splice(exposure, 13, 2, 0),
		"negative article":   splice(exposure, 13, 2, 1),
		"long article":       splice(exposure, 14, 1, exposure[14]|0x80, 0),
		"overflowing articles": splice(exposure, 20, 2,
			0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
	} {
		if c, err := k.Verify(seal(body, feed.Exposure), now); !errors.Is(err, track.ErrMalformed) {
			t.Errorf("exposure, %s: %v, claim %+v", name, err, c)
		}
	}
}

func TestAbsurdInput(t *testing.T) {
	k := ring(signing(1, 7))
	for _, param := range []string{
		"", "A", "AQ", "exposure param", "click param 1", "AAAA", "____", strings.Repeat("A", 1<<20),
		"AQ==", "\x00", "读者", strings.Repeat("\n", 1000),
	} {
		if _, err := k.Verify(param, now); !errors.Is(err, track.ErrMalformed) {
			t.Errorf("%.20q: %v", param, err)
		}
	}
	if _, err := ring().Verify(sign(t, k, pageOf("1", 1)).Exposure, now); !errors.Is(err, track.ErrUnknownKey) {
		t.Errorf("empty ring: %v", err)
	}
}

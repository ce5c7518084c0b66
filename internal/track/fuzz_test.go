package track_test

import (
	"testing"

	"readnext/internal/feed"
	"readnext/internal/track"
)

// resign makes the param again that a claim came from.
func resign(t testing.TB, k *track.Keyring, c *track.Claim) string {
	p := &feed.Page{
		User: c.User, Channel: c.Channel, Stamp: c.Stamp, Nonce: c.Nonce, Model: c.Model, KeyID: c.KeyID,
		Places: make([]feed.Place, c.Places[len(c.Places)-1].Position+1),
	}
	for i := range p.Places {
		p.Places[i].Article = 1
	}
	for _, pl := range c.Places {
		p.Places[pl.Position] = feed.Place{Article: pl.Article, Arm: pl.Arm, Propensity: pl.Propensity}
	}
	ps := sign(t, k, p)
	switch last := ps.Places[len(ps.Places)-1]; c.Action {
	case feed.Click:
		return last.Click
	case feed.Collect:
		return last.Collect
	case feed.Share:
		return last.Share
	case feed.Read:
		return last.Read
	}
	return ps.Exposure
}

func FuzzVerify(f *testing.F) {
	k := ring(signing(1, 7))
	for _, user := range []feed.UserID{"1", feed.Anonymous} {
		params, _ := all(sign(f, k, pageOf(user, 2)))
		for _, param := range params {
			f.Add(param)
		}
	}
	f.Fuzz(func(t *testing.T, param string) {
		c, err := k.Verify(param, now)
		if err != nil {
			return
		}
		if again := resign(t, k, &c); again != param {
			t.Errorf("%q is accepted, and signed as %q", param, again)
		}
	})
}

// FuzzBody gives any body a right signature, so that only its spelling can be
// wrong.
func FuzzBody(f *testing.F) {
	k := ring(signing(1, 7))
	for _, user := range []feed.UserID{"1", feed.Anonymous} {
		exposure, first := bodies(f, pageOf(user, 2))
		f.Add(exposure, byte(feed.Exposure))
		f.Add(first, byte(feed.Read))
	}
	f.Fuzz(func(t *testing.T, body []byte, action byte) {
		param := seal(body, feed.Action(action))
		c, err := k.Verify(param, now)
		if err != nil {
			return
		}
		if again := resign(t, k, &c); again != param {
			t.Errorf("%q is accepted, and signed as %q", param, again)
		}
	})
}

package track_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/track"

	"pgregory.net/rapid"
)

const now feed.Millis = 1_790_000_000_000

// signing returns a key whose secret is 32 times the byte b.
func signing(id uint32, b byte) feed.SigningKey {
	k := feed.SigningKey{ID: id, Created: now}
	for i := range k.Secret {
		k.Secret[i] = b
	}
	return k
}

func ring(keys ...feed.SigningKey) *track.Keyring {
	var k track.Keyring
	k.Set(keys)
	return &k
}

// pageOf returns a page of n articles, the first of them 1001.
func pageOf(user feed.UserID, n int) *feed.Page {
	p := &feed.Page{User: user, Channel: 3, Stamp: now - 5000, KeyID: 1, Model: 42}
	if user == feed.Anonymous {
		p.Nonce = 0x0123456789abcdef
	}
	for i := range n {
		p.Places = append(p.Places, feed.Place{Article: feed.ArticleID(1001 + 977*i), Propensity: 1 / float32(i+2)})
	}
	return p
}

func sign(t testing.TB, k *track.Keyring, p *feed.Page) track.Params {
	t.Helper()
	var ps track.Params
	if err := k.Sign(p, &ps); err != nil {
		t.Fatal(err)
	}
	return ps
}

// all lists the params of a page with their actions.
func all(ps track.Params) (params []string, actions []feed.Action) {
	params, actions = []string{ps.Exposure}, []feed.Action{feed.Exposure}
	for _, pl := range ps.Places {
		params = append(params, pl.Click, pl.Collect, pl.Share, pl.Read)
		actions = append(actions, feed.Click, feed.Collect, feed.Share, feed.Read)
	}
	return params, actions
}

// claimOf is what the param of an action on a place says; place counts for
// tracks only.
func claimOf(p *feed.Page, a feed.Action, place int) track.Claim {
	c := track.Claim{
		User: p.User, Channel: p.Channel, Stamp: p.Stamp, Nonce: p.Nonce,
		Model: p.Model, KeyID: p.KeyID, Action: a,
	}
	for i, pl := range p.Places {
		if a == feed.Exposure || i == place {
			c.Places = append(c.Places, track.ClaimPlace{
				Article: pl.Article, Position: uint16(i), Arm: pl.Arm, Propensity: pl.Propensity,
			})
		}
	}
	return c
}

func TestThereAndBack(t *testing.T) {
	k := ring(signing(1, 7))
	long := feed.UserID(strings.Repeat("é", feed.MaxUserID/2))
	for _, user := range []feed.UserID{"1", "u8d214a1e5c99", "读者", long, feed.Anonymous} {
		for _, n := range []int{1, 10, track.MaxPlaces} {
			p := pageOf(user, n)
			params, actions := all(sign(t, k, p))
			for i, param := range params {
				got, err := k.Verify(param, now)
				if err != nil {
					t.Fatalf("user %q, %d places, param %d: %v", user, n, i, err)
				}
				if want := claimOf(p, actions[i], (i-1)/4); !reflect.DeepEqual(got, want) {
					t.Fatalf("claim %+v, want %+v", got, want)
				}
			}
		}
	}
}

func TestAnyPageThereAndBack(t *testing.T) {
	k := ring(signing(1, 7), signing(math.MaxUint32, 9))
	rapid.Check(t, func(t *rapid.T) {
		p := &feed.Page{
			User:    feed.UserID(rapid.StringMatching(`[^\x00]{0,32}`).Draw(t, "user")),
			Channel: feed.ChannelID(rapid.Int32Min(0).Draw(t, "channel")),
			Stamp:   feed.Millis(rapid.Int64Range(1, math.MaxInt64-int64(feed.PageLife)).Draw(t, "stamp")),
			KeyID:   rapid.SampledFrom([]uint32{1, math.MaxUint32}).Draw(t, "key"),
			Model:   rapid.Uint32().Draw(t, "model"),
		}
		if p.User == feed.Anonymous {
			p.Nonce = rapid.Uint64().Draw(t, "nonce")
		}
		for range rapid.IntRange(1, track.MaxPlaces).Draw(t, "places") {
			p.Places = append(p.Places, feed.Place{
				Article:    feed.ArticleID(rapid.Int64Min(1).Draw(t, "article")),
				Arm:        feed.Arm(rapid.Byte().Draw(t, "arm")),
				Propensity: rapid.Float32Range(0, 1).Draw(t, "propensity"),
			})
		}
		var ps track.Params
		if err := k.Sign(p, &ps); err != nil {
			t.Fatal(err)
		}
		params, actions := all(ps)
		for i, param := range params {
			got, err := k.Verify(param, p.Stamp)
			if err != nil {
				t.Fatal(err)
			}
			if want := claimOf(p, actions[i], (i-1)/4); !reflect.DeepEqual(got, want) {
				t.Fatalf("claim %+v, want %+v", got, want)
			}
		}
	})
}

func TestSignIsDeterministicAndReusesSlices(t *testing.T) {
	k := ring(signing(1, 7))
	p := pageOf("1", 10)
	first := sign(t, k, p)
	dst := track.Params{Exposure: "old", Places: make([]track.Place, 50)}
	held := &dst.Places[0]
	if err := k.Sign(p, &dst); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(dst, first) {
		t.Error("the same page was signed differently")
	}
	if &dst.Places[0] != held {
		t.Error("dst's slice was not reused")
	}
}

func TestPageWithoutPlaces(t *testing.T) {
	ps := track.Params{Exposure: "old", Places: make([]track.Place, 3)}
	if err := ring(signing(1, 7)).Sign(pageOf("1", 0), &ps); err != nil {
		t.Fatal(err)
	}
	if ps.Exposure != "" || len(ps.Places) != 0 {
		t.Errorf("params of an empty page: %+v", ps)
	}
}

func TestSignRefuses(t *testing.T) {
	k := ring(signing(1, 7))
	for name, spoil := range map[string]func(*feed.Page){
		"unknown key":         func(p *feed.Page) { p.KeyID = 2 },
		"key 0":               func(p *feed.Page) { p.KeyID = 0 },
		"long user":           func(p *feed.Page) { p.User = feed.UserID(strings.Repeat("x", feed.MaxUserID+1)) },
		"user not UTF-8":      func(p *feed.Page) { p.User = "\xff" },
		"no stamp":            func(p *feed.Page) { p.Stamp = 0 },
		"negative stamp":      func(p *feed.Page) { p.Stamp = -1 },
		"negative channel":    func(p *feed.Page) { p.Channel = -1 },
		"no article":          func(p *feed.Page) { p.Places[1].Article = 0 },
		"negative article":    func(p *feed.Page) { p.Places[1].Article = -5 },
		"NaN propensity":      func(p *feed.Page) { p.Places[1].Propensity = float32(math.NaN()) },
		"infinite propensity": func(p *feed.Page) { p.Places[1].Propensity = float32(math.Inf(1)) },
		"negative propensity": func(p *feed.Page) { p.Places[1].Propensity = -0.5 },
		"101 places":          func(p *feed.Page) { p.Places = pageOf("1", 101).Places },
	} {
		p := pageOf("1", 2)
		spoil(p)
		var ps track.Params
		err := k.Sign(p, &ps)
		if err == nil {
			t.Errorf("%s: signed", name)
		} else if feed.KindOf(err) != feed.Internal {
			t.Errorf("%s: kind %v", name, feed.KindOf(err))
		}
		if name == "unknown key" && !errors.Is(err, track.ErrUnknownKey) {
			t.Errorf("unknown key: %v", err)
		}
	}
}

func TestRotation(t *testing.T) {
	k := ring()
	if k.Current() != 0 {
		t.Errorf("current key of an empty ring is %d", k.Current())
	}
	old := signing(1, 7)
	k.Set([]feed.SigningKey{old})
	param := sign(t, k, pageOf("1", 1)).Exposure

	k.Set([]feed.SigningKey{signing(2, 8), old})
	if k.Current() != 2 {
		t.Errorf("current key is %d, want 2", k.Current())
	}
	if _, err := k.Verify(param, now); err != nil {
		t.Errorf("under the older key: %v", err)
	}
	k.Set([]feed.SigningKey{signing(2, 8)})
	if _, err := k.Verify(param, now); !errors.Is(err, track.ErrUnknownKey) {
		t.Errorf("after its key was dropped: %v", err)
	}
	k.Set([]feed.SigningKey{signing(1, 9)})
	if _, err := k.Verify(param, now); !errors.Is(err, track.ErrForged) {
		t.Errorf("under another secret: %v", err)
	}
}

func TestNewKey(t *testing.T) {
	a, err := track.NewKey(5, now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := track.NewKey(6, now)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != 5 || a.Created != now || a.Secret == b.Secret || a.Secret == ([32]byte{}) {
		t.Errorf("keys %d and %d made at %d", a.ID, b.ID, a.Created)
	}
}

func TestClock(t *testing.T) {
	k := ring(signing(1, 7))
	p := pageOf("1", 1)
	ps := sign(t, k, p)
	for _, tt := range []struct {
		now  feed.Millis
		want error
	}{
		{p.Stamp, nil},
		{p.Stamp + feed.PageLife, nil},
		{p.Stamp + feed.PageLife + 1, track.ErrExpired},
		{p.Stamp - feed.MaxAhead, nil},
		{p.Stamp - feed.MaxAhead - 1, track.ErrAhead},
	} {
		for _, param := range []string{ps.Exposure, ps.Places[0].Read} {
			if _, err := k.Verify(param, tt.now); !errors.Is(err, tt.want) {
				t.Errorf("at stamp%+d: %v, want %v", tt.now-p.Stamp, err, tt.want)
			}
		}
	}
}

func TestSignal(t *testing.T) {
	k := ring(signing(1, 7), signing(2, 8))
	p := pageOf("1", 3)
	params, actions := all(sign(t, k, p))
	keys := map[feed.Key]string{}
	for i, param := range params {
		c, err := k.Verify(param, now)
		if err != nil {
			t.Fatal(err)
		}
		s := c.Signal(now, 1234)
		if was, ok := keys[s.Key]; ok {
			t.Errorf("%s and %s have one key", was, param)
		}
		keys[s.Key] = param
		if again := c.Signal(now+99, 0); again.Key != s.Key {
			t.Error("the key depends on times")
		}
		places := []int{(i - 1) / 4}
		read := feed.Millis(1234)
		if actions[i] == feed.Exposure {
			places, read = []int{0, 1, 2}, 0
		}
		var want []feed.Event
		for _, j := range places {
			want = append(want, feed.Event{
				User: "1", Article: p.Places[j].Article, Action: actions[i], Time: now, Channel: 3, ReadTime: read,
				Cause: &feed.Cause{Stamp: p.Stamp, Position: uint16(j), Propensity: p.Places[j].Propensity, Model: 42},
			})
		}
		if s.User != "1" || !reflect.DeepEqual(s.Events, want) {
			t.Errorf("signal %+v, want events %+v", s, want)
		}
	}

	key := func(p *feed.Page) feed.Key {
		c, err := k.Verify(sign(t, k, p).Places[0].Click, now)
		if err != nil {
			t.Fatal(err)
		}
		return c.Signal(now, 0).Key
	}
	resigned := pageOf("1", 3)
	resigned.KeyID = 2
	if key(resigned) != key(p) {
		t.Error("the same page under another key counts again")
	}
	one, two := pageOf(feed.Anonymous, 1), pageOf(feed.Anonymous, 1)
	two.Nonce++
	if key(one) == key(two) {
		t.Error("two anonymous pages of one stamp count as one")
	}
}

func TestConcurrentUse(t *testing.T) {
	k := ring(signing(1, 7))
	p := pageOf("1", 10)
	want := sign(t, k, p)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var ps track.Params
			for range 200 {
				if err := k.Sign(p, &ps); err != nil || !reflect.DeepEqual(ps, want) {
					t.Errorf("signed differently: %v", err)
				}
				if _, err := k.Verify(ps.Places[9].Share, now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 200 {
			k.Set([]feed.SigningKey{signing(1, 7), signing(uint32(2+i), 8)})
		}
	})
	wg.Wait()
}

// TestManual checks the worked example of docs/params.md.
func TestManual(t *testing.T) {
	manual, err := os.ReadFile("../../docs/params.md")
	if err != nil {
		t.Fatal(err)
	}
	k := ring(signing(1, 0x2a))
	p := &feed.Page{
		User: "1", Channel: 1, Stamp: 1593676322597, KeyID: 1, Model: 7,
		Places: []feed.Place{{Article: 1001, Propensity: 0.5}, {Article: 998, Propensity: 0.25}},
	}
	params, _ := all(sign(t, k, p))
	for _, param := range params[:5] {
		raw, err := base64.RawURLEncoding.DecodeString(param)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(manual), param) {
			t.Errorf("the manual does not show %s = % x", param, raw)
		}
	}
}

func ExampleKeyring() {
	key := feed.SigningKey{ID: 1, Secret: [32]byte{1, 2, 3}}
	var keys track.Keyring
	keys.Set([]feed.SigningKey{key})

	page := feed.Page{
		User: "1", Channel: 1, Stamp: 1593676322597, KeyID: keys.Current(),
		Places: []feed.Place{{Article: 1001, Propensity: 1}},
	}
	var params track.Params
	if err := keys.Sign(&page, &params); err != nil {
		fmt.Println(err)
	}
	claim, err := keys.Verify(params.Places[0].Click, page.Stamp+feed.Minute)
	fmt.Println(claim.User, claim.Action, claim.Places[0].Article, err)

	_, err = keys.Verify(params.Places[0].Click, page.Stamp+100*feed.Day)
	fmt.Println(err)
	// Output:
	// 1 CLICK 1001 <nil>
	// param is of a page more than 90 days old
}

package track_test

import (
	"testing"

	"readnext/internal/track"
)

func BenchmarkSign(b *testing.B) {
	k := ring(signing(1, 7))
	p := pageOf("u8d214a1e5c99", 10)
	var ps track.Params
	b.ReportAllocs()
	for b.Loop() {
		if err := k.Sign(p, &ps); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	k := ring(signing(1, 7))
	ps := sign(b, k, pageOf("u8d214a1e5c99", 10))
	for name, param := range map[string]string{"track": ps.Places[4].Click, "exposure": ps.Exposure} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Verify(param, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSignal(b *testing.B) {
	k := ring(signing(1, 7))
	c, err := k.Verify(sign(b, k, pageOf("u8d214a1e5c99", 10)).Places[4].Click, now)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Signal(now, 0)
	}
}

package main

import (
	"runtime"
	"testing"
)

func TestAlternate(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, tt := range []struct {
		there int
		set   string
		want  int
	}{{1, "", 2}, {1, "1", 1}, {2, "", 2}, {3, "", 3}} {
		t.Setenv("GOMAXPROCS", tt.set)
		runtime.GOMAXPROCS(tt.there)
		if alternate(); runtime.GOMAXPROCS(0) != tt.want {
			t.Errorf("%d processors, GOMAXPROCS=%q: %d threads take turns, want %d", tt.there, tt.set, runtime.GOMAXPROCS(0), tt.want)
		}
	}
}

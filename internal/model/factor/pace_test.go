package factor_test

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/model/factor"
)

// TestGivesWay holds that a fit stops where it is told to wait, and goes on
// where it was, that what it waits is not counted as its work, and that it is
// told that it is under way.
func TestGivesWay(t *testing.T) {
	var clock atomic.Int64
	gate := make(chan struct{})
	asked := make(chan struct{})
	open := false
	cfg := factor.Config{Clock: func() time.Duration { return time.Duration(clock.Load()) }, FitCPU: 0.5, Dense: 1}
	cfg.GiveWay = func(bool) { // by one goroutine at a time
		if !open {
			asked <- struct{}{}
			<-gate
			clock.Add(int64(time.Hour))
			open = true
		}
	}
	m := must(factor.New(cfg))
	defer m.Close()
	rows := catalogue(5, 40, 60, 3)
	fill(m, 40, rows[:30])
	m.Refit()
	m.Refit()
	<-asked
	if fitting, behind := sizeOf(m, "fitting"), sizeOf(m, "behind"); fitting != 1 || behind == 0 {
		t.Errorf("fitting %d, behind %d while a fit waits", fitting, behind)
	}
	if got := snapshotOfServing(m); len(got) != 0 {
		t.Errorf("a fit that waits answers %v", got)
	}
	close(gate)
	m.Wait()
	if fitting, behind := sizeOf(m, "fitting"), sizeOf(m, "behind"); fitting != 0 || behind != 0 {
		t.Errorf("fitting %d, behind %d after the fit", fitting, behind)
	}
	before := snapshotOfServing(m)
	for u := 30; u < 60; u++ {
		for _, ord := range rows[u] {
			act(m, string(rune('A'+u)), ord, 1)
		}
	}
	m.Refit() // an hour's work would have it rest for another
	m.Wait()
	if slices.Equal(snapshotOfServing(m), before) {
		t.Error("the fit rests from what it waited")
	}
}

// TestGivesWayThroughout counts how often a fit asks whether to go on: for every
// article while it counts, while it solves where each is solved by itself, and
// while it chooses the edges that are kept, a third of the time of an exact fit.
func TestGivesWayThroughout(t *testing.T) {
	for name, tc := range map[string]struct{ dense, times int }{"exact": {1000, 2}, "regressed": {1, 3}} {
		var asked atomic.Int64
		m := must(factor.New(factor.Config{Dense: tc.dense, First: 1 << 28, GiveWay: func(bool) { asked.Add(1) }}))
		fill(m, 40, catalogue(5, 40, 60, 3))
		m.Refit()
		m.Refit()
		m.Wait()
		if fitted := sizeOf(m, "fitted"); fitted < 20 || int(asked.Load()) < tc.times*fitted {
			t.Errorf("%s: asked %d times for %d articles", name, asked.Load(), fitted)
		}
		m.Close()
	}
}

// TestFitsKeepUp holds a settled fit in its first piece of work while three
// quarters of the interactions come after which it is used: it gives way no more
// until it has caught up, so that the fold need not wait.
func TestFitsKeepUp(t *testing.T) {
	gate, held := make(chan struct{}), make(chan struct{})
	var asked atomic.Int64
	rows := catalogue(5, 40, 60, 3)
	acts := len(slices.Concat(rows...))
	m := must(factor.New(factor.Config{Dense: 1, First: acts * 4 / 5, GiveWay: func(bool) {
		if asked.Add(1) == 1 {
			close(held)
			<-gate
		}
	}}))
	defer m.Close()
	fill(m, 40, nil)
	n := 0
	for u, row := range rows {
		for _, ord := range row {
			if n++; n > acts*4/5 {
				<-held
			}
			if n < acts*19/20 {
				act(m, string(rune('A'+u)), ord, 1)
			}
		}
	}
	close(gate)
	m.Wait()
	if of := int64(40); asked.Load() > 3*of/2 || asked.Load() < of {
		t.Errorf("a fit that was held gave way %d times, with %d articles", asked.Load(), of)
	}
}

// TestUrgentFitsPassOthers holds a settled fit and has requests catch up with all
// that is new meanwhile.
func TestUrgentFitsPassOthers(t *testing.T) {
	gate := make(chan struct{})
	rows := catalogue(5, 40, 30, 3)
	acts := len(slices.Concat(rows...))
	m := must(factor.New(factor.Config{Dense: 1, First: acts * 99 / 100, GiveWay: func(urgent bool) { // used beyond all
		if !urgent {
			<-gate
		}
	}}))
	defer m.Close()
	defer close(gate)
	fill(m, 40, rows)
	m.Refit()
	m.Refit()
	for sizeOf(m, "behind") > 0 { // for ever if it waits
		runtime.Gosched()
	}
	if sizeOf(m, "fitting") != 1 {
		t.Error("the settled fit is over")
	}
}

// TestLittleNewsRestLonger holds that a fit for less than half a percent of news
// comes only after nine times what the last took.
func TestLittleNewsRestLonger(t *testing.T) {
	var clock atomic.Int64
	m := must(factor.New(factor.Config{FitCPU: 1, First: 1 << 28, Clock: func() time.Duration { return time.Duration(clock.Add(int64(time.Second))) }}))
	defer m.Close()
	fill(m, 20, catalogue(5, 20, 150, 5))
	m.Refit()
	m.Refit()
	m.Wait()
	if behind := sizeOf(m, "behind"); behind != 0 {
		t.Fatalf("%d changes are not fitted at rest", behind)
	}
	fits := func() bool {
		m.Refit()
		m.Refit()
		m.Wait()
		return sizeOf(m, "behind") == 0
	}
	act(m, "new", 1, 1)
	if fits() {
		t.Error("one act is fitted at once")
	}
	clock.Add(int64(time.Minute))
	if !fits() {
		t.Error("one act is never fitted")
	}
}

// TestFitsArePaid holds that fits that cost much are as rare as what pays for them,
// and are used late enough, and that those that cost little are not.
func TestFitsArePaid(t *testing.T) {
	const acts, price, free, instant = 20_000_000, 4_000, 2_000_000_000, 50_000_000
	for _, cost := range []uint64{500_000_000, 2_000_000_000, 20_000_000_000} {
		taken, used := factor.Fits(200, cost, acts)
		if n := uint64(len(taken)); n < 5 || (n-1)*cost > free+taken[n-1]*price {
			t.Errorf("%d fits at %d ns in %d acts", n, cost, acts)
		}
		for k := range used {
			if (used[k]-taken[k]+1)*price < cost-instant {
				t.Errorf("the fit of %d is used at %d, at %d ns", taken[k], used[k], cost)
			}
		}
	}
	taken, used := factor.Fits(200, 1_000_000, 2000)
	if !slices.Equal(taken, []uint64{200, 300, 450, 675, 1012, 1518}) || !slices.Equal(used, []uint64{250, 375, 562, 843, 1265, 1897}) {
		t.Errorf("cheap fits are taken at %d and used at %d", taken, used)
	}
}

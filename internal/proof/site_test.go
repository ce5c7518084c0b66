package proof_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/proof"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// drain is the replicas' drain delay: what deploy/haproxy.cfg asks for.
const drain = "2s"

// lag is how long a withdrawal may take to reach other replicas. It is milliseconds
// on a machine that has time; this is for one that has not.
const lag = 5 * time.Second

// durable are settings of a Redis that keeps what it acknowledged when it is
// killed.
var durable = []string{"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"}

// scene is a site under load, and what is known of it.
type scene struct {
	*proof.Site
	store  string
	ledger *proof.Ledger
	load   *proof.Load
	meter  *proof.Meter
	begin  time.Time // of the load
	ended  time.Time
	rng    *rand.Rand

	stop context.CancelFunc
	done chan struct{} // closed when the load ended
}

// single starts a Redis of one server.
func single(t *testing.T) *redistest.Server {
	t.Helper()
	s, err := redistest.Start(t.TempDir(), durable...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// open starts three replicas on a store, with articles in it, and the load.
func open(ctx context.Context, t *testing.T, store string, args ...string) *scene {
	t.Helper()
	s := quietly(ctx, t, store, args...)
	s.run(ctx, t)
	return s
}

// quietly starts three replicas on a store, with articles in it.
func quietly(ctx context.Context, t *testing.T, store string, args ...string) *scene {
	t.Helper()
	dir := t.TempDir()
	site, err := proof.StartSite(ctx, binary, store, filepath.Join("..", "..", "deploy", "haproxy.cfg"), dir,
		append([]string{"--drain-delay", drain}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Kill)
	meter := &proof.Meter{}
	s := &scene{
		Site: site, store: store, ledger: &proof.Ledger{}, meter: meter,
		rng: rand.New(rand.NewPCG(uint64(scaled(t, 7, 100)), 0)), done: make(chan struct{}),
	}
	s.load = &proof.Load{
		Clients: proof.Retry{Meter: meter, Budget: time.Minute}.Clients(site.Balancer.URL()), Ledger: s.ledger,
		Workers: 6, Seed: 3, Pause: 30 * time.Millisecond, Repeated: true, Lag: lag,
	}
	if err := s.load.Fill(ctx, 3000); err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts the load.
func (s *scene) run(ctx context.Context, t *testing.T) {
	t.Helper()
	s.begin = time.Now()
	loading, stop := context.WithCancel(ctx)
	s.stop = stop
	go func() {
		defer close(s.done)
		s.load.Run(loading)
	}()
	t.Cleanup(s.quiet)
}

// quiet ends the load and waits for it.
func (s *scene) quiet() {
	s.stop()
	<-s.done
	if s.ended.IsZero() {
		s.ended = time.Now()
	}
}

// check ends the load and holds everything against the promises. Findings for
// which allowed says yes are counted apart.
func (s *scene) check(ctx context.Context, t *testing.T, allowed func(proof.Finding) bool) (wrong, excused proof.Findings) {
	t.Helper()
	s.quiet()
	all, err := s.ledger.Check(ctx, s.load.Clients)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	all = append(all, s.load.Violations()...)
	all = append(all, doubles(ctx, t, s.store)...)
	for _, f := range all {
		if allowed != nil && allowed(f) {
			excused = append(excused, f)
		} else {
			wrong = append(wrong, f)
		}
	}
	c := s.ledger.Counts()
	if c.Pages == 0 || c.Events == 0 || c.Signals == 0 || c.Articles == 0 {
		t.Errorf("nothing was checked: %+v", c)
	}
	t.Logf("checked %d pages, %d signals, %d events, %d articles, %d withdrawals, %d forgotten readers",
		c.Pages, c.Signals, c.Events, c.Articles, c.Withdrawn, c.Forgotten)
	return wrong, excused
}

// row notes what a fault did to the load.
func (s *scene) row(t *testing.T, fault string, times int, wrong proof.Findings, note string, args ...any) proof.Sum {
	t.Helper()
	sum := s.meter.Calls("", s.begin, s.ended).Sum()
	if lagged := s.load.Lagged(); lagged > 0 {
		t.Logf("%s: withdrawn articles were served for up to %v after the acknowledgement", fault, lagged)
	}
	addRow(proof.Row{Fault: fault, Times: times, Calls: sum, Violations: len(wrong), Note: fmt.Sprintf(note, args...)})
	if sum.Degraded > 0 {
		t.Logf("%s: degraded pages by second of the load: %s", fault, s.moments())
	}
	if len(wrong) > 0 {
		t.Errorf("%s: %d violations\n%v", fault, len(wrong), wrong)
	}
	if sum.Failed > 0 {
		t.Errorf("%s: %d calls failed: %v", fault, sum.Failed, sum.Causes)
	}
	if t.Failed() {
		for i, p := range s.Replicas {
			t.Logf("replica %d:\n%s", i+1, end(p.Output()))
		}
		t.Logf("haproxy:\n%s", end(s.Balancer.Output()))
	}
	return sum
}

// moments says in which seconds of the load pages were degraded, and how many.
func (s *scene) moments() string {
	pages := map[int]int{}
	for _, c := range s.meter.Calls("", s.begin, s.ended) {
		if c.Degraded {
			pages[int(c.Begin.Sub(s.begin).Seconds())]++
		}
	}
	var b strings.Builder
	for _, second := range slices.Sorted(maps.Keys(pages)) {
		fmt.Fprintf(&b, "%d:%d ", second, pages[second])
	}
	return b.String()
}

// end is the end of a log.
func end(log string) string {
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// doubles reads the whole log of the store and looks for signals that are in it
// twice.
func doubles(ctx context.Context, t *testing.T, url string) (wrong proof.Findings) {
	t.Helper()
	st, err := redisstore.Open(ctx, url, redisstore.Config{SnapshotDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // it was read only
	type mark struct {
		user feed.UserID
		key  feed.Key
	}
	seen := map[mark]int{}
	var at feed.Position
	for {
		entries, next, err := st.ReadLog(ctx, at, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return wrong
		}
		for _, e := range entries {
			if e.Signal == nil || e.Signal.Key == (feed.Key{}) {
				continue
			}
			m := mark{e.Signal.User, e.Signal.Key}
			if seen[m]++; seen[m] == 2 {
				wrong = append(wrong, proof.Finding{Kind: proof.Doubled, Text: fmt.Sprintf("a signal of %s is in the log twice", m.user)})
			}
		}
		at = next
	}
}

// resident is the resident memory of the replicas, in MiB.
func (s *scene) resident(t *testing.T) (mib []int) {
	t.Helper()
	for _, p := range s.Replicas {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			var kb int
			if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
				mib = append(mib, kb/1024)
			}
		}
	}
	return mib
}

// pause lets the load work for a while.
func (s *scene) pause(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
}

package proof_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"readnext/internal/proof"
)

// TestSoakRollingRestart restarts all replicas one after the other under load:
// no attempt of any call fails, but for those that the store was too slow for.
func TestSoakRollingRestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s := open(ctx, t, single(t).URL())
	times := scaled(t, 1, 2)
	whole := time.Duration(scaled(t, 0, 600)) * time.Second
	var meanwhile proof.Calls
	for i := range times {
		if whole > 0 {
			s.pause(ctx, t, whole/time.Duration(2*times)*time.Duration(1+i)-time.Since(s.begin))
		}
		begin := time.Now()
		if err := s.RollingRestart(ctx); err != nil {
			t.Fatal(err)
		}
		meanwhile = append(meanwhile, s.meter.Calls("", begin, time.Now())...)
	}
	s.pause(ctx, t, max(0, whole-time.Since(s.begin)))
	wrong, _ := s.check(ctx, t, nil)
	during := meanwhile.Sum()
	sum := s.row(t, "rolling restart (SIGTERM)", times, wrong, "all three replicas each time; while one restarted: %d calls, %d attempts that failed",
		during.Calls, during.Repeated)
	if others := sum.But(proof.Unavailable); len(others) > 0 {
		t.Errorf("attempts failed: %v", others)
	}
	t.Logf("attempts failed: %v", sum.Causes)
}

// TestSoakReplicaKill kills one replica after the other with SIGKILL under load:
// with the client's retries no call fails.
func TestSoakReplicaKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s := open(ctx, t, single(t).URL())
	times := scaled(t, 2, 20)
	every := 2 * time.Second
	if soak(t) > 0 {
		every = 30 * time.Second
	}
	for i := range times {
		s.pause(ctx, t, time.Duration(i+1)*every-time.Since(s.begin))
		victim := s.rng.IntN(len(s.Replicas))
		s.Replicas[victim].Kill()
		s.pause(ctx, t, time.Duration(s.rng.Int64N(int64(every/4))))
		if err := s.Restart(ctx, victim); err != nil {
			t.Fatal(err)
		}
	}
	wrong, _ := s.check(ctx, t, nil)
	sum := s.row(t, "kill -9 of a replica", times, wrong, "every %v", every)
	t.Logf("attempts failed: %v", sum.Causes)
}

// TestSoakReplicas races refreshes of one reader on three replicas, compares
// what replicas would serve once they caught up, and measures how long an event
// takes to have effect on another replica.
func TestSoakReplicas(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	s := quietly(ctx, t, single(t).URL())
	s.load.KeepReaders = true
	s.run(ctx, t)
	meter := &proof.Meter{}
	direct := s.Direct(proof.Retry{Meter: meter})

	races := scaled(t, 100, 10_000)
	begin := time.Now()
	wrong, pages, degraded, err := proof.Races(ctx, direct, func(i int) proof.Reader {
		return proof.Reader{User: fmt.Sprint("racer-", i/20), Channel: 1}
	}, races)
	if err != nil {
		t.Fatal(err)
	}
	addRow(proof.Row{Fault: "racing refreshes of one reader on three replicas", Times: races, Calls: meter.Calls("", begin, time.Time{}).Sum(),
		Violations: len(wrong), Note: fmt.Sprintf("%d pages recorded, %d not", pages, degraded)})
	if len(wrong) > 0 {
		t.Errorf("races: %v", wrong)
	}

	begin = time.Now()
	took, err := proof.Effects(ctx, direct[0], direct[1], 10_000_000, 1000, scaled(t, 20, 1000))
	if err != nil {
		t.Fatal(err)
	}
	p99 := proof.Quantile(took, 0.99)
	addRow(proof.Row{Fault: "event to effect on another replica, under load", Times: len(took), Calls: meter.Calls("", begin, time.Time{}).Sum(),
		Note: fmt.Sprintf("median %v, p99 %v", proof.Quantile(took, 0.5).Round(time.Millisecond), p99.Round(time.Millisecond))})
	if soak(t) > 0 && p99 > 250*time.Millisecond {
		t.Errorf("event to effect: p99 %v", p99)
	}

	broken, _ := s.check(ctx, t, nil)
	s.row(t, "none", 1, broken, "the load under the three")

	var readers []proof.Reader
	for i := range scaled(t, 50, 1000) {
		readers = append(readers, proof.Reader{User: fmt.Sprintf("r1-w%d-%d", i%6, i/6), Channel: 1})
	}
	if err := settled(ctx, direct, readers[0]); err != nil {
		t.Fatal(err)
	}
	begin = time.Now()
	differ, example, err := proof.Twins(ctx, direct, readers, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addRow(proof.Row{Fault: "previews of three replicas that caught up", Times: len(readers), Calls: meter.Calls("", begin, time.Time{}).Sum(),
		Violations: differ, Note: "identical to the last bit, but for the violations"})
	if differ > 0 {
		t.Errorf("%d of %d readers' previews differ:\n%s", differ, len(readers), example)
	}
}

// settled waits until the replicas would serve one reader the same, or for five
// seconds.
func settled(ctx context.Context, replicas []proof.Clients, rd proof.Reader) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range 50 {
		differ, _, err := proof.Twins(ctx, replicas, []proof.Reader{rd}, time.Now())
		if err != nil || differ == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
	return nil
}

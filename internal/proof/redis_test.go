package proof_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"readnext/internal/proof"
	"readnext/internal/store/redisstore/redistest"
)

// cut is how long before its death a master's link to its replica is cut.
const cut = 300 * time.Millisecond

// TestSoakMasterKill kills masters of a Redis Cluster under load, each a moment
// after its replica was cut off, as when a machine loses its network and then
// its power: on loopback alone, a replica is never behind. With WAIT, nothing
// that was acknowledged is lost; without, what is lost is counted.
func TestSoakMasterKill(t *testing.T) {
	kills := []int{1} // by number of replicas waited for, from the last
	if soak(t) > 0 {
		kills = []int{1, 0}
	}
	for _, wait := range kills {
		t.Run(fmt.Sprint("wait=", wait), func(t *testing.T) { masterKill(t, wait) })
	}
}

func masterKill(t *testing.T, wait int) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	cluster, err := redistest.StartCluster(t.TempDir(), 3, 1, durable...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	s := open(ctx, t, cluster.URL(), "--redis-wait-replicas", fmt.Sprint(wait))
	times := scaled(t, 1, 10)
	var killed []time.Time
	for range times {
		s.pause(ctx, t, time.Second+time.Duration(s.rng.Int64N(int64(time.Second))))
		masters, err := cluster.Masters(ctx)
		if err != nil {
			t.Fatal(err)
		}
		victim := masters[s.rng.IntN(len(masters))]
		heirs, err := cutOff(ctx, cluster, victim)
		if err != nil {
			t.Fatal(err)
		}
		s.pause(ctx, t, cut)
		killed = append(killed, time.Now())
		victim.Kill()
		for _, heir := range heirs {
			heir.Resume()
		}
		if err := promoted(ctx, cluster, len(masters)); err != nil {
			t.Fatal(err)
		}
		s.pause(ctx, t, time.Second)
		if err := victim.Restart(); err != nil {
			t.Fatal(err)
		}
		if err := cluster.Await(ctx); err != nil {
			t.Fatal(err)
		}
		s.pause(ctx, t, time.Second)
	}
	// Pages do not wait for replicas: those of the last moments before a kill may
	// be lost. Without WAIT, so may everything else.
	wrong, excused := s.check(ctx, t, func(f proof.Finding) bool {
		switch f.Kind {
		case proof.LostPage:
			for _, k := range killed {
				if f.At.After(k.Add(-cut-100*time.Millisecond)) && f.At.Before(k.Add(time.Second)) {
					return true
				}
			}
		case proof.LostSignal, proof.LostEvent, proof.LostAct, proof.LostArticle, proof.Back, proof.Repeat:
			return wait == 0
		}
		return false
	})
	var recovery []time.Duration
	for _, k := range killed {
		recovery = append(recovery, s.meter.Calls("", k.Add(-time.Second), k.Add(5*time.Second)).Sum().Longest)
	}
	s.row(t, fmt.Sprintf("kill -9 of a cluster's master, its replica cut off %v before, WAIT %d", cut, wait), times, wrong,
		"recovery: %s; lost: %d signals, %d events, %d articles, %d pages; %d repeats", medianAndWorst(recovery),
		excused.Count(proof.LostSignal), excused.Count(proof.LostEvent), excused.Count(proof.LostArticle),
		excused.Count(proof.LostPage), excused.Count(proof.Repeat))
}

// cutOff stops a master's replicas and closes their links, and returns them.
func cutOff(ctx context.Context, c *redistest.Cluster, master *redistest.Server) (heirs []*redistest.Server, err error) {
	_, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		return nil, err
	}
	for _, node := range c.Nodes {
		if !node.Running() {
			continue
		}
		m, err := node.Do(ctx, "INFO", "replication")
		if err != nil {
			return nil, err
		}
		info, err := m.ToString()
		if err != nil {
			return nil, err
		}
		if strings.Contains(info, "role:slave") && strings.Contains(info, "master_port:"+port+"\r") {
			node.Pause()
			heirs = append(heirs, node)
		}
	}
	if len(heirs) == 0 {
		return nil, fmt.Errorf("%s has no replica", master.Addr)
	}
	_, err = master.Do(ctx, "CLIENT", "KILL", "TYPE", "replica")
	return heirs, err
}

// promoted waits until there are as many masters again.
func promoted(ctx context.Context, c *redistest.Cluster, n int) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		masters, err := c.Masters(ctx)
		if err == nil && len(masters) == n {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("no replica took over: %w, %w", ctx.Err(), err)
		}
	}
}

// TestSoakPause has Redis answer nothing for a while, in two ways. Refreshes go
// on unrecorded; everything else waits in the clients, and full service is back
// soon after Redis is.
func TestSoakPause(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	long := 3 * time.Second
	if soak(t) > 0 {
		long = 30 * time.Second
	}
	for _, kind := range []string{"CLIENT PAUSE", "SIGSTOP"} {
		if soak(t) == 0 && kind == "CLIENT PAUSE" {
			continue // one is enough there
		}
		t.Run(kind, func(t *testing.T) { pauseRedis(ctx, t, kind, long, scaled(t, 1, 2)) })
	}
}

func pauseRedis(ctx context.Context, t *testing.T, kind string, long time.Duration, times int) {
	redis := single(t)
	s := open(ctx, t, redis.URL())
	refreshing, stop := context.WithCancel(ctx)
	defer stop()
	refreshes := &proof.Load{
		Clients: s.load.Clients, Ledger: s.ledger, Name: "only-", OnlyRefresh: true, Workers: 6, Seed: 4, Pause: s.load.Pause, Lag: s.load.Lag,
	}
	refreshed := make(chan struct{})
	go func() {
		defer close(refreshed)
		refreshes.Run(refreshing)
	}()
	var during proof.Calls
	var backs []time.Duration
	var before, after []int
	for range times {
		s.pause(ctx, t, 2*time.Second)
		before = s.resident(t)
		begin := time.Now()
		if kind == "SIGSTOP" {
			redis.Pause()
			s.pause(ctx, t, long)
			redis.Resume()
		} else {
			if _, err := redis.Do(ctx, "CLIENT", "PAUSE", fmt.Sprint(long.Milliseconds()), "ALL"); err != nil {
				t.Fatal(err)
			}
			s.pause(ctx, t, long-time.Since(begin))
		}
		end := time.Now()
		after = s.resident(t)
		s.pause(ctx, t, backWithin)
		during = append(during, s.meter.Calls("UserRecommend", begin, end)...)
		backs = append(backs, s.back(end))
	}
	stop()
	<-refreshed
	wrong, _ := s.check(ctx, t, nil)
	wrong = append(wrong, refreshes.Violations()...)
	p99 := during.Took(0.99)
	s.row(t, fmt.Sprintf("Redis silent for %v, %s", long, kind), times, wrong,
		"refreshes meanwhile: %d, %d degraded, p99 %v; full service after: %s; memory of the replicas %v MiB, then %v",
		len(during), during.Sum().Degraded, p99.Round(time.Millisecond), medianAndWorst(backs), before, after)
	if soak(t) > 0 && p99 > 250*time.Millisecond {
		t.Errorf("refreshes while Redis was silent: p99 %v", p99)
	}
	for _, b := range backs {
		if b >= backWithin || soak(t) > 0 && b > 2*time.Second {
			t.Errorf("full service was back after %v", b)
		}
	}
}

// back is how long after Redis was back the first refresh was recorded and the
// first change taken, neither of which had to be repeated.
func (s *scene) back(end time.Time) time.Duration {
	first := func(methods ...string) time.Duration {
		took := backWithin
		for _, m := range methods {
			for _, c := range s.meter.Calls(m, end, end.Add(backWithin)) {
				if !c.Degraded && c.Attempts == 1 && !c.Failed {
					took = min(took, c.Begin.Add(c.Took).Sub(end))
				}
			}
		}
		return took
	}
	return max(first("UserRecommend"), first("Report", "Record"))
}

// backWithin is how long after Redis is back the load goes on at least.
const backWithin = 5 * time.Second

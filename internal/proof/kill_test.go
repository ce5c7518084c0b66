package proof_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"readnext/internal/proof"
)

// TestSoakKill kills the server with SIGKILL at random moments under load and
// after each start asks for everything that was ever acknowledged.
func TestSoakKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	p, err := proof.NewProcess(binary, "pebble:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	ledger := &proof.Ledger{}
	meter := &proof.Meter{}
	load := &proof.Load{Clients: proof.Retry{Budget: -1, Meter: meter}.Clients(p.URL()), Ledger: ledger, Workers: 8, Seed: 1}
	if err := load.Fill(ctx, 3000); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var starts []time.Duration
	for round := range scaled(t, 3, 100) {
		loading, stop := context.WithCancel(ctx)
		killed := make(chan struct{})
		timer := time.AfterFunc(time.Duration(100+rng.IntN(1200))*time.Millisecond, func() {
			p.Kill()
			stop()
			close(killed)
		})
		load.Run(loading)
		<-killed
		timer.Stop()
		took, err := p.Start(ctx)
		if err != nil {
			t.Fatalf("start after kill %d: %v", round+1, err)
		}
		starts = append(starts, took)
		wrong, err := ledger.Check(ctx, load.Clients)
		if err != nil {
			t.Fatalf("check after kill %d: %v", round+1, err)
		}
		if wrong = append(wrong, load.Violations()...); len(wrong) > 0 {
			t.Fatalf("after kill %d, %d broken promises:\n%v", round+1, len(wrong), wrong)
		}
	}
	c := ledger.Counts()
	if c.Pages == 0 || c.Events == 0 || c.Signals == 0 || c.Articles == 0 || c.Withdrawn == 0 || c.Forgotten == 0 {
		t.Fatalf("nothing was checked: %+v", c)
	}
	addRow(proof.Row{Fault: "kill -9 of one server on an embedded store, without retries", Times: len(starts), Calls: meter.Calls("", time.Time{}, time.Time{}).Sum(),
		Note: "starts: " + medianAndWorst(starts)})
	t.Logf("%d kills; checked %d pages, %d signals, %d events, %d articles, %d withdrawals, %d forgotten readers; starts took %v",
		len(starts), c.Pages, c.Signals, c.Events, c.Articles, c.Withdrawn, c.Forgotten, starts)
}

// medianAndWorst of some times.
func medianAndWorst(all []time.Duration) string {
	return fmt.Sprintf("median %v, worst %v", proof.Quantile(all, 0.5).Round(time.Millisecond), proof.Quantile(all, 1).Round(time.Millisecond))
}

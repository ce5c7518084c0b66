package proof_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"readnext/internal/proof"
)

// binary builds the program once for the test.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "readnext")
	if out, err := exec.Command("go", "build", "-o", path, "readnext/cmd/readnext").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// rounds is how many faults are injected: few in a plain test, READNEXT_SOAK
// many when it is set.
func rounds(t *testing.T, plain int) int {
	s := os.Getenv("READNEXT_SOAK")
	if s == "" {
		return plain
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("READNEXT_SOAK=%q is no number of rounds", s)
	}
	return n
}

// TestSoakKill kills the server with SIGKILL at random moments under load and
// after each start asks for everything that was ever acknowledged.
func TestSoakKill(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	p, err := proof.NewProcess(binary(t), "pebble:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Start(ctx); err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	ledger := &proof.Ledger{}
	load := &proof.Load{Clients: proof.NewClients(p.URL(), ""), Ledger: ledger, Workers: 8, Seed: 1}
	if err := load.Fill(ctx, 3000); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var starts []time.Duration
	for round := range rounds(t, 3) {
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
			t.Fatalf("after kill %d, %d broken promises:\n%s", round+1, len(wrong), strings.Join(wrong[:min(20, len(wrong))], "\n"))
		}
	}
	c := ledger.Counts()
	if c.Pages == 0 || c.Events == 0 || c.Signals == 0 || c.Articles == 0 || c.Withdrawn == 0 || c.Forgotten == 0 {
		t.Fatalf("nothing was checked: %+v", c)
	}
	t.Logf("%d kills; checked %d pages, %d signals, %d events, %d articles, %d withdrawals, %d forgotten readers; starts took %v",
		len(starts), c.Pages, c.Signals, c.Events, c.Articles, c.Withdrawn, c.Forgotten, starts)
}

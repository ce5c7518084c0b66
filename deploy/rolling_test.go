package deploy_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

// TestRollingRestart stops and starts one replica after the other behind each
// load balancer, under load that repeats nothing: no request fails.
func TestRollingRestart(t *testing.T) {
	t.Run("haproxy", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		replicas := start(ctx, t, "--engine", "pseudo", "--drain-delay", "2s")
		lb := haproxy(ctx, t, replicas)
		rollingRestart(ctx, t, lb.URL(), replicas, func() error { return lb.WaitUp(ctx, 3) })
		if t.Failed() {
			t.Log(lb.Output())
		}
	})
	t.Run("nginx", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		replicas := start(ctx, t, "--engine", "pseudo", "--drain-delay", "3s")
		url := nginx(ctx, t, replicas)
		rollingRestart(ctx, t, url, replicas, func() error { return nil })
	})
}

// start starts three replicas without a store of their own in common.
func start(ctx context.Context, t *testing.T, args ...string) (replicas [3]*proof.Process) {
	t.Helper()
	for i := range replicas {
		p, err := proof.NewProcess(binary, "pebble:"+t.TempDir(), args...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		replicas[i] = p
	}
	return replicas
}

// haproxy starts HAProxy and waits until it knows all replicas.
func haproxy(ctx context.Context, t *testing.T, replicas [3]*proof.Process) *proof.HAProxy {
	t.Helper()
	lb, err := proof.StartHAProxy(ctx, "haproxy.cfg", replicas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lb.Stop)
	if err := lb.WaitUp(ctx, 3); err != nil {
		t.Fatal(err)
	}
	return lb
}

// rollingRestart restarts replicas under load; settled waits until the load
// balancer has all of them back.
func rollingRestart(ctx context.Context, t *testing.T, url string, replicas [3]*proof.Process, settled func() error) {
	t.Helper()
	loading, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var answered atomic.Int64
	failed := make(chan error, 4)
	clients := proof.NewClients(url, "")
	for w := range cap(failed) {
		wg.Go(func() {
			for loading.Err() == nil {
				_, err := clients.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: fmt.Sprint("reader-", w), ChannelId: 1})
				if err != nil {
					failed <- err
					return
				}
				answered.Add(1)
			}
		})
	}
	var before int64
	for i, p := range replicas {
		if err := p.Stop(); err != nil {
			t.Errorf("replica %d was not stopped well: %v\n%s", i+1, err, p.Output())
		}
		if _, err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		if err := settled(); err != nil {
			t.Fatal(err)
		}
		now := answered.Load()
		if now == before {
			t.Errorf("nothing was answered while replica %d was restarted", i+1)
		}
		before = now
	}
	stop()
	wg.Wait()
	close(failed)
	for err := range failed {
		t.Errorf("a request failed: %v", err)
	}
	t.Logf("%d requests", answered.Load())
}

// TestReadersReachReportOnly asks the frontend of readers for what is not
// theirs.
func TestReadersReachReportOnly(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	lb := haproxy(ctx, t, start(ctx, t))
	const report, refresh = recov1.BehaviorPathPrefix + "Report", recov1.UserRecommendPathPrefix + "UserRecommend"
	big := `{"signals":[]}` + strings.Repeat(" ", 1<<20)
	for _, ask := range []struct {
		addr, method, path, body string
		want                     int
	}{
		{lb.Readers, "POST", report, `{"signals":[]}`, 200},
		{lb.Readers, "GET", report, "", 405},
		{lb.Readers, "POST", report + "/../Record", `{}`, 404},
		{lb.Readers, "POST", refresh, `{}`, 404},
		{lb.Readers, "GET", "/readyz", "", 404},
		{lb.Readers, "POST", report, big, 413},
		{lb.Backends, "POST", report, big, 413},
		{lb.Backends, "POST", report, big[:1<<20], 200},
		{lb.Backends, "POST", refresh, `{}`, 200},
	} {
		req, err := http.NewRequestWithContext(ctx, ask.method, "http://"+ask.addr+ask.path, strings.NewReader(ask.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Expect", "100-continue") // else the answer may come while the body is being written
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != ask.want {
			t.Errorf("%s %s with %d bytes: %d, want %d", ask.method, ask.path, len(ask.body), resp.StatusCode, ask.want)
		}
	}
}

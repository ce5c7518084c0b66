package redisstore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"readnext/internal/store/redisstore/redistest"
)

// TestCallsEndWithTheirContext has a Redis answer nothing, while the store makes
// connections in vain, each of which may take three seconds.
func TestCallsEndWithTheirContext(t *testing.T) {
	server, err := redistest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Kill()
	cfg := small(t)
	cfg.Timeout = 3 * time.Second
	st := open(t, server.URL(), cfg)
	if _, err := st.Profile(t.Context(), "reader", 1); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	patient, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		for patient.Err() == nil {
			st.Profile(patient, "reader", 1) //nolint:errcheck // it keeps a connection in the making
		}
	})
	defer work.Wait()
	defer server.Resume()
	defer stop()
	for stop := time.Now().Add(8 * time.Second); time.Now().Before(stop); {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		begin := time.Now()
		if _, err := st.Profile(ctx, "reader", 1); err == nil {
			t.Error("a frozen server answered")
		}
		if took := time.Since(begin); took > 1500*time.Millisecond {
			t.Errorf("a call that had 100ms took %v", took)
		}
		cancel()
	}
}

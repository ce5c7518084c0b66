package outage_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"readnext/internal/outage"
)

// TestReporter fails once a second for three minutes and a half, twice.
func TestReporter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := outage.New(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelWarn, "following the log")
		r.Done() // is not worth a word
		for range 2 {
			for range 210 {
				r.Failed(errors.New("nobody there"))
				<-time.After(time.Second)
			}
			r.Done()
			r.Done()
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		warnings := strings.Count(log.String(), `level=WARN msg="following the log" err="nobody there"`)
		again := strings.Count(log.String(), `level=INFO msg="following the log: it works again" tries=210 for=3m30s`)
		if len(lines) != 10 || warnings != 8 || again != 2 {
			t.Errorf("%d lines, %d warnings, %d ends; want 10, 8, 2:\n%s", len(lines), warnings, again, log.String())
		}
	})
}

// TestFirstFailureIsToldAtOnce has outages follow on each other within a minute.
func TestFirstFailureIsToldAtOnce(t *testing.T) {
	var log bytes.Buffer
	r := outage.New(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelError, "folding")
	for range 3 {
		r.Failed(errors.New("gone"))
		r.Failed(errors.New("gone"))
		r.Done()
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 3 {
		t.Errorf("%d errors, want one for each outage:\n%s", n, log.String())
	}
}

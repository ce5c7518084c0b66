//go:build unix

package engine_test

import (
	"syscall"
	"testing"
	"time"
)

// processorTime is what the process has used of processors so far: on a machine
// that others use, too, it says more than the time on the wall.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

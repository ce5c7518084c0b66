package proof_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"readnext/internal/proof"
)

// binary is where TestMain builds the program; rows are what faults did, printed
// as one table at the end.
var (
	binary string

	rowsMu sync.Mutex
	rows   []proof.Row
)

func TestMain(m *testing.M) {
	os.Exit(proof.Built(func(path string) int {
		binary = path
		code := m.Run()
		if len(rows) > 0 {
			fmt.Print(proof.Table(rows))
		}
		return code
	}))
}

func addRow(r proof.Row) {
	rowsMu.Lock()
	defer rowsMu.Unlock()
	rows = append(rows, r)
}

// soak is READNEXT_SOAK, 0 in a plain test.
func soak(t *testing.T) int {
	s := os.Getenv("READNEXT_SOAK")
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("READNEXT_SOAK=%q is no number of rounds", s)
	}
	return n
}

// scaled is how much of something a test does: the given in a plain test, per
// cent of the other, and at least one, under READNEXT_SOAK.
func scaled(t *testing.T, plain, at100 int) int {
	if n := soak(t); n > 0 {
		return max(1, n*at100/100)
	}
	return plain
}

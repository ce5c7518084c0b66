package suite_test

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"readnext/internal/bench/suite"
)

// TestApart wants a child on one processor and this process back on all.
func TestApart(t *testing.T) {
	count := func() string {
		out, err := exec.Command("nproc").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	before := count()
	var during string
	release, err := suite.Apart(func() error { during = count(); return nil })
	if err != nil {
		t.Fatal(err)
	}
	release()
	if runtime.NumCPU() > 1 && during != "1" {
		t.Errorf("a child has %s processors", during)
	}
	if after := count(); after != before {
		t.Errorf("%s processors before, %s after", before, after)
	}
}

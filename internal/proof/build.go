package proof

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Built builds the program from the module that it is called in, which takes
// longer than most tests, and calls run with it. It returns what run returns,
// an exit code, or 1 if the program cannot be built. It is for TestMain.
func Built(run func(binary string) int) int {
	dir, err := os.MkdirTemp("", "readnext-built")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "readnext")
	if out, err := exec.Command("go", "build", "-o", binary, "readnext/cmd/readnext").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return run(binary)
}

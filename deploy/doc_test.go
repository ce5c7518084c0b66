// Package deploy_test holds the files of this folder against the program: that
// they parse, that each flag, variable, port and path in them is one that the
// program has, and that a rolling restart behind the load balancer fails nobody.
package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"readnext/internal/proof"
)

// binary is where TestMain builds the program, which takes longer than most tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(proof.Built(func(path string) int {
		binary = path
		return m.Run()
	}))
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// program is what the program's help says of serve.
type program struct {
	flags, env map[string]bool
}

func help(t *testing.T) program {
	t.Helper()
	out, err := exec.Command(binary, "serve", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := program{map[string]bool{}, map[string]bool{}}
	for _, m := range regexp.MustCompile(`(?m)^ +(?:-., )?(--[a-z-]+)`).FindAllStringSubmatch(string(out), -1) {
		p.flags[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`\$(READNEXT_[A-Z_]+)`).FindAllStringSubmatch(string(out), -1) {
		p.env[m[1]] = true
	}
	if len(p.flags) < 10 || len(p.env) < 10 {
		t.Fatalf("the help shows %d flags and %d variables", len(p.flags), len(p.env))
	}
	return p
}

// TestNamesExist looks through all files, comments included, for flags and
// variables of the program.
func TestNamesExist(t *testing.T) {
	p := help(t)
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("kubernetes/*")
	if err != nil {
		t.Fatal(err)
	}
	// Flags of other programs, which these files call as well.
	others := map[string]bool{"--build-arg": true, "--tags": true, "--always": true, "--build": true, "--from-file": true,
		"--appendonly": true, "--appendfsync": true, "--save": true, "--maxmemory-policy": true, "--from": true, "--chown": true}
	found := 0
	for _, name := range append(files, more...) {
		if strings.HasSuffix(name, ".go") || name == "kubernetes" {
			continue
		}
		text := read(t, name)
		for _, flag := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(text, -1) {
			if !p.flags[flag] && !others[flag] {
				t.Errorf("%s: serve has no flag %s", name, flag)
			}
		}
		for _, env := range regexp.MustCompile(`READNEXT_[A-Z_]+`).FindAllString(text, -1) {
			found++
			if !p.env[env] {
				t.Errorf("%s: serve has no variable %s", name, env)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d variables were found", found)
	}
}

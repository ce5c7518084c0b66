// Package internal_test holds the house's own rules against the source: which
// room may import which, who may read a clock, and how a package presents
// itself.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "readnext"

// rooms gives each package its floor: a room imports only from floors below
// its own. A new package is registered here; a pattern's * is one path element.
var rooms = []struct {
	pattern string
	floor   int
}{
	{"internal/feed", 0},
	{"internal/codec", 0},
	{"internal/chart", 0},
	{"internal/outage", 0},
	{"internal/least", 0},
	{"internal/recent", 0},

	{"internal/decay", 1},

	{"internal/model/*", 1},
	{"internal/explore", 1},
	{"internal/track", 1},
	{"internal/store", 1},
	{"internal/store/*", 1},
	{"internal/store/redisstore/redistest", 1},

	{"internal/recommend", 2},
	{"internal/learn", 2},
	{"internal/train", 2},

	{"internal/engine", 3},

	{"internal/sim", 4},
	{"internal/sim/*", 4},
	{"internal/evaluate", 4},
	{"internal/server/transcode", 4},

	{"internal/server", 5},
	{"internal/importer", 5},
	{"internal/move", 5},
	{"internal/bench", 5},
	{"internal/proof", 5},
	{"internal/simulate", 5},

	{"internal/app", 6},
	{"internal/bench/suite", 6},

	{"cmd/*", 7},
}

// neighbours are the imports within a floor that are meant: an implementation
// knows its contract, a suite what it tests.
var neighbours = []struct{ from, to string }{
	{"internal/store/*", "internal/store"},
	{"internal/store/*", "internal/store/files"},
	{"internal/model/modeltest", "internal/model/*"},
	{"internal/model/*", "internal/decay"},
}

// rpcFloor is the lowest floor that speaks the wire's language.
const rpcFloor = 5

// clockFloor is the lowest floor that may read the clock; rooms below it are
// told the time.
const clockFloor = 5

// clocks are the packages below clockFloor that may read it nonetheless.
var clocks = map[string]string{
	"internal/outage":                     "says how long something has failed",
	"internal/store/pebblestore":          "paces the group commit; no time it reads is stored",
	"internal/store/redisstore":           "paces retries and time-outs; no time it reads is stored",
	"internal/store/redisstore/redistest": "waits for servers to come up",
}

// longFile is the length from which on a file needs a reason, in lines.
const longFile = 500

// longFiles are the files beyond it.
var longFiles = map[string]string{}

// pkg is what the rules need to know of a package: its own files, tests left
// out.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	Dir        string
	Imports    []string
	GoFiles    []string
	CgoFiles   []string
}

// short is the package's path within the module.
func (p *pkg) short() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// floorOf returns a room's floor by its short path.
func floorOf(short string) (int, bool) {
	for _, r := range rooms {
		if matches(r.pattern, short) {
			return r.floor, true
		}
	}
	return 0, false
}

func matches(pattern, short string) bool {
	ok, err := path.Match(pattern, short)
	return ok && err == nil
}

func isRPC(short string) bool { return strings.HasPrefix(short, "rpc/") }

// isSuite reports whether a package is for tests to import. Redistest starts
// servers, for programs that break them on purpose too.
func isSuite(short string) bool {
	return strings.HasSuffix(short, "test") && short != "internal/store/redisstore/redistest"
}

// checkFloors returns what is wrong with the packages' imports of each other.
func checkFloors(pkgs []pkg) []string {
	var wrong []string
	for i := range pkgs {
		p := &pkgs[i]
		from := p.short()
		floor, known := floorOf(from)
		if !known && !isRPC(from) {
			wrong = append(wrong, from+" has no floor: register it in rooms, in internal/floors_test.go")
			continue
		}
		for _, imported := range p.Imports {
			if to, ours := strings.CutPrefix(imported, module+"/"); ours {
				if why := mayNot(from, floor, to); why != "" {
					wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", from, to, why))
				}
			}
		}
	}
	return wrong
}

// mayNot says why one room may not import another, "" if it may.
func mayNot(from string, floor int, to string) string {
	switch {
	case isRPC(from):
		return "rpc imports nothing of ours"
	case isRPC(to) && floor < rpcFloor:
		return fmt.Sprintf("rpc is for floor %d and up", rpcFloor)
	case isRPC(to):
		return ""
	case from == "cmd/client":
		return "the client knows the server by its contract only"
	case isSuite(to) && !isSuite(from):
		return "only tests import a suite"
	}
	for _, n := range neighbours {
		if from != to && matches(n.from, from) && matches(n.to, to) {
			return ""
		}
	}
	below, known := floorOf(to)
	switch {
	case !known:
		return "it has no floor: register it in rooms, in internal/floors_test.go"
	case below == floor:
		return fmt.Sprintf("a neighbour on floor %d", floor)
	case below > floor:
		return fmt.Sprintf("floor %d is above floor %d", below, floor)
	}
	return ""
}

// checkDocs returns which packages do not open with a promise.
func checkDocs(pkgs []pkg) []string {
	var wrong []string
	for i := range pkgs {
		p := &pkgs[i]
		switch {
		case isRPC(p.short()): // generated from a proto that says it
		case p.Doc == "":
			wrong = append(wrong, p.short()+" has no package comment")
		case p.Name != "main" && !strings.HasPrefix(p.Doc, "Package "+p.Name+" "):
			wrong = append(wrong, fmt.Sprintf("%s: its comment begins %q, not with \"Package %s\"", p.short(), p.Doc, p.Name))
		}
	}
	return wrong
}

// checkClock returns where a file reads the clock, as file:line.
func checkClock(name string, src []byte) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	as := ""
	for _, i := range file.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p != "time" {
			continue
		}
		as = "time"
		if i.Name != nil {
			as = i.Name.Name
		}
	}
	var found []string
	report := func(n ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s:%d reads the clock by %s; below floor %d the time is passed in",
			name, files.Position(n.Pos()).Line, what, clockFloor))
	}
	if as == "." {
		report(file.Name, "a dot import of time")
	}
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && as != "" && x.Name == as {
			switch sel.Sel.Name {
			case "Now", "Since", "Until":
				report(sel, "time."+sel.Sel.Name)
			}
		}
		return true
	})
	return found, nil
}

// checkLength returns what is wrong with the lengths of files, given the lines
// of each and the reasons of the long ones.
func checkLength(lines map[string]int, reasons map[string]string) []string {
	var wrong []string
	for name, n := range lines {
		if reason := reasons[name]; n > longFile && reason == "" {
			wrong = append(wrong, fmt.Sprintf("%s has %d lines: split it, or give a reason in longFiles, in internal/floors_test.go", name, n))
		}
	}
	for name := range reasons {
		if lines[name] <= longFile {
			wrong = append(wrong, name+" is listed in longFiles without need")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// list returns the module's packages that have files other than tests.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Name,Doc,Dir,Imports,GoFiles,CgoFiles", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles)+len(p.CgoFiles) > 0 {
			pkgs = append(pkgs, p)
		}
	}
	if len(pkgs) < 5 {
		t.Fatalf("go list finds %d packages only", len(pkgs))
	}
	return pkgs
}

// sources returns every written Go file of the module by its path from the
// root; generated ones are left out. Reading them all is also what tells go
// test that a change anywhere is a change to these tests.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != ".." && (strings.HasPrefix(name, ".") || name == "bin" || name == "data" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !generated(src) {
			all[filepath.ToSlash(strings.TrimPrefix(file, ".."+string(filepath.Separator)))] = src
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// generated reports whether a source says so, as go help generate prescribes.
func generated(src []byte) bool {
	for line := range bytes.Lines(src) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("package ")) {
			return false
		}
		if bytes.HasPrefix(line, []byte("// Code generated ")) && bytes.HasSuffix(line, []byte(" DO NOT EDIT.")) {
			return true
		}
	}
	return false
}

func report(t *testing.T, wrong []string) {
	t.Helper()
	for _, w := range wrong {
		t.Error(w)
	}
}

func TestRoomsImportOnlyFromBelow(t *testing.T) {
	sources(t) // so that the result is not cached across changes
	report(t, checkFloors(list(t)))
}

func TestPackagesOpenWithAPromise(t *testing.T) {
	sources(t)
	report(t, checkDocs(list(t)))
}

func TestCoresReadNoClock(t *testing.T) {
	for file, src := range sources(t) {
		room := path.Dir(file)
		floor, known := floorOf(room)
		if strings.HasSuffix(file, "_test.go") || clocks[room] != "" || known && floor >= clockFloor {
			continue
		}
		found, err := checkClock(file, src)
		if err != nil {
			t.Error(err)
		}
		report(t, found)
	}
}

func TestFilesAreShort(t *testing.T) {
	lines := make(map[string]int)
	for file, src := range sources(t) {
		lines[file] = bytes.Count(src, []byte("\n"))
	}
	report(t, checkLength(lines, longFiles))
}

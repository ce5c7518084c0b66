package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"readnext": main})
}

// TestScripts plays the scripts in testdata with the real commands, readnext
// and client. Besides testscript's own there are:
//
//	start NAME [FLAG...]            serves on free ports, ready when it returns;
//	                                sets $NAME and $NAME_admin to its addresses
//	end NAME                        ends it by SIGTERM; it must exit with 0
//	hangup NAME LINE                sends SIGHUP and waits for a line in its log
//	http STATUS METHOD URL [BODY] [HEADER:VALUE...]
//	                                asks for JSON; the answer is stdout
//	field VAR NAME                  sets $VAR to the first NAME in the last answer
//
// A server's log is NAME.log.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	build := osexec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "client"), "readnext/cmd/client")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the client: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			s := &servers{running: make(map[string]*serving)}
			env.Values["servers"] = s
			env.Defer(s.killAll)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "end": end, "hangup": hangup, "http": ask, "field": field,
		},
	})
}

// servers are the servers of one script.
type servers struct {
	running map[string]*serving
	answer  string // the last one
}

type serving struct {
	cmd  *osexec.Cmd
	log  string
	done chan error
}

func (s *servers) killAll() {
	for _, p := range s.running {
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.done
	}
}

func of(ts *testscript.TestScript) *servers { return ts.Value("servers").(*servers) }

func need(ts *testscript.TestScript, neg bool, args []string, least int) {
	if neg || len(args) < least {
		ts.Fatalf("wrong usage of a command; see script_test.go")
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	name := args[0]
	path, err := osexec.LookPath("readnext")
	ts.Check(err)
	cmd := osexec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Dir = ts.Getenv("WORK")
	log, err := os.OpenFile(ts.MkAbs(name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	p := &serving{cmd: cmd, log: log.Name(), done: make(chan error, 1)}
	of(ts).running[name] = p
	lines := bufio.NewScanner(out)
	for range 2 {
		if !lines.Scan() {
			text, _ := os.ReadFile(p.log)
			ts.Fatalf("%s does not serve: %s", name, text)
		}
		kind, url, _ := strings.Cut(lines.Text(), " ")
		ts.Setenv(map[string]string{"api": name, "admin": name + "_admin"}[kind], url)
	}
	go func() { p.done <- cmd.Wait() }()
	poll(ts, name+" to be ready", func() bool {
		status, _, err := get(http.MethodGet, ts.Getenv(name)+"/readyz", "")
		return err == nil && status == http.StatusOK
	})
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1)
	p := of(ts).running[args[0]]
	delete(of(ts).running, args[0])
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.done:
		ts.Check(err)
	case <-time.After(30 * time.Second):
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		ts.Fatalf("%s does not end: %v", args[0], <-p.done)
	}
}

func hangup(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	p := of(ts).running[args[0]]
	ts.Check(p.cmd.Process.Signal(syscall.SIGHUP))
	poll(ts, args[1], func() bool {
		text, err := os.ReadFile(p.log)
		return err == nil && strings.Contains(string(text), args[1])
	})
}

func poll(ts *testscript.TestScript, what string, cond func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("waited in vain for %s", what)
		}
	}
}

func ask(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3)
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	body := ""
	if len(args) > 3 {
		body = args[3]
	}
	status, text, err := get(args[1], args[2], body, args[min(len(args), 4):]...)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), text)
	of(ts).answer = text
	if status != want {
		ts.Fatalf("status %d: %s", status, text)
	}
}

func get(method, url, body string, header ...string) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range header {
		k, v, _ := strings.Cut(h, ":")
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	m := regexp.MustCompile(`"` + regexp.QuoteMeta(args[1]) + `":\s*"?([^",}]*)`).FindStringSubmatch(of(ts).answer)
	if m == nil {
		ts.Fatalf("no %s in %s", args[1], of(ts).answer)
	}
	ts.Setenv(args[0], m[1])
}

// TestUsage proves the exit codes.
func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{}, exitUsage, "expected one of"},
		{[]string{"dance"}, exitUsage, "dance"},
		{[]string{"serve", "--engine", "best"}, exitUsage, "engine"},
		{[]string{"serve", "--drain-delay", "long"}, exitUsage, "drain-delay"},
		{[]string{"import"}, exitUsage, "<file>"},
		{[]string{"import", "/nowhere/at/all"}, exitFailure, "no such file"},
		{[]string{"import", "."}, exitFailure, "no file to read"},
		{[]string{"keys", "list", "--store", "mysql://x"}, exitFailure, "unknown scheme"},
		{[]string{"keys", "list", "--store", "pebble:/nowhere/at/all"}, exitFailure, "no such file"},
		{[]string{"keys", "list", "--admin", "http://127.0.0.1:1"}, exitFailure, "is a server running there"},
		{[]string{"version"}, exitOK, "readnext "},
		{[]string{"--help"}, exitOK, "Which articles should this reader see next?"},
		{[]string{"serve", "--help"}, exitOK, "READNEXT_LISTEN"},
	} {
		var out strings.Builder
		code := exec(t.Context(), tt.args, strings.NewReader(""), &out, &out)
		if code != tt.code || !strings.Contains(out.String(), tt.text) {
			t.Errorf("readnext %s: %d, %s; want %d, %s", strings.Join(tt.args, " "), code, out.String(), tt.code, tt.text)
		}
	}
}

var errBroken = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestBrokenPipe(t *testing.T) {
	var stderr strings.Builder
	if code := exec(t.Context(), []string{"version"}, nil, brokenPipe{}, &stderr); code != exitFailure {
		t.Errorf("code %d: %s", code, stderr.String())
	}
}

package proof

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a readnext server as a child process on loopback, which can be
// killed and started again on the same store and address.
type Process struct {
	Binary string
	Store  string // as for --store
	Addr   string // of the public listener
	Admin  string
	Args   []string // more flags
	// Line is the whole command line; nil is serve with the above.
	Line []string
	Env  []string // more of the environment, KEY=value

	cmd    *exec.Cmd
	done   chan struct{} // closed when the process ended
	ended  error         // of the process that ended
	output lockedBuffer
}

// NewProcess describes a server on free loopback ports.
func NewProcess(binary, store string, args ...string) (*Process, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	admin, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	return &Process{Binary: binary, Store: store, Addr: addr, Admin: admin, Args: args}, nil
}

// FreeAddr is a loopback address that nobody listens on.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// URL is the address of the public listener.
func (p *Process) URL() string { return "http://" + p.Addr }

// PID is the number of the process that was started last.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output is what all runs printed so far.
func (p *Process) Output() string { return p.output.String() }

// Start starts the server and returns how long it took to be ready.
func (p *Process) Start(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	args := append([]string{"serve", "--listen", p.Addr, "--admin-listen", p.Admin,
		"--store", p.Store, "--access-log", "off"}, p.Args...)
	if p.Line != nil {
		args = p.Line
	}
	p.cmd = exec.Command(p.Binary, args...)
	p.cmd.Env = append(os.Environ(), p.Env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return 0, err
	}
	p.done = make(chan struct{})
	go func() {
		p.ended = p.cmd.Wait()
		close(p.done)
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := http.Get(p.URL() + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(begin), nil
			}
		}
		select {
		case <-tick.C:
		case <-p.done:
			return 0, fmt.Errorf("the server ended before it was ready:\n%s", p.Output())
		case <-ctx.Done():
			p.Kill()
			return 0, fmt.Errorf("the server was not ready in time: %w\n%s", ctx.Err(), p.Output())
		}
	}
}

// Kill ends the process at once, as a crash would, and waits for its end.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// Stop asks the process to end and waits for its end. It is an error if it does
// not end well.
func (p *Process) Stop() error {
	p.signal(syscall.SIGTERM)
	return p.ended
}

func (p *Process) signal(s syscall.Signal) {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	p.cmd.Process.Signal(s)
	<-p.done
}

// lockedBuffer is written by the process's two pipes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Package redistest starts servers and clusters of Redis on free loopback
// ports, for tests and for programs that break things on purpose: any server can
// be killed, frozen and started again.
//
// Servers are child processes in folders that the caller gives, are ended by
// their process id, and end with the process that started them.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/redis/rueidis"
)

// Server is one redis-server. It is made by [Start].
type Server struct {
	Addr string // host:port
	Dir  string // its folder: data, log.txt

	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process ended
}

// startTimeout is how long a server or a cluster may take to come up.
const startTimeout = 30 * time.Second

// Start starts a server in a folder, with more of its settings as its command
// line takes them, and returns when it answers. It keeps nothing on disk unless
// the settings say so.
func Start(dir string, settings ...string) (*Server, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	s := newServer(dir, ports[0], settings)
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

func newServer(dir, port string, settings []string) *Server {
	args := []string{"--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "", "--logfile", filepath.Join(dir, "log.txt")}
	return &Server{Addr: net.JoinHostPort("127.0.0.1", port), Dir: dir, args: append(args, settings...)}
}

// URL is the server's address as --store takes it.
func (s *Server) URL() string { return "redis://" + s.Addr + "/0" }

// Restart starts a server that was stopped or killed, at the same address and
// in the same folder, and returns when it answers.
func (s *Server) Restart() error {
	if err := s.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := s.await(ctx); err != nil {
		s.Kill()
		return err
	}
	return nil
}

func (s *Server) start() error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	s.cmd = exec.Command("redis-server", s.args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("starting redis-server (Debian's package of that name): %w", err)
	}
	cmd, done := s.cmd, make(chan struct{})
	s.done = done
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	return nil
}

// await waits until the server answers PING, and has loaded its data.
func (s *Server) await(ctx context.Context) error {
	return until(ctx, func() error {
		select {
		case <-s.done:
			log, _ := os.ReadFile(filepath.Join(s.Dir, "log.txt"))
			return fmt.Errorf("%w: redis-server ended: %s", errHopeless, tail(string(log)))
		default:
		}
		_, err := s.Do(ctx, "PING")
		return err
	})
}

func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// Do sends one command on a connection of its own and returns the answer.
func (s *Server) Do(ctx context.Context, words ...string) (rueidis.RedisMessage, error) {
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Addr}, ForceSingleClient: true, DisableCache: true, DisableRetry: true,
		Dialer: net.Dialer{Timeout: time.Second},
	})
	if err != nil {
		return rueidis.RedisMessage{}, err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.Do(ctx, c.B().Arbitrary(words...).Build()).ToMessage()
}

func (s *Server) text(ctx context.Context, words ...string) (string, error) {
	m, err := s.Do(ctx, words...)
	if err != nil {
		return "", err
	}
	return m.ToString()
}

// PID is the process id, 0 of a server that does not run.
func (s *Server) PID() int {
	if !s.Running() {
		return 0
	}
	return s.cmd.Process.Pid
}

// Running reports whether the process is there, frozen ones included.
func (s *Server) Running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// Kill ends the server at once, as a crash would, and waits for its end.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop has the server shut down, and waits for its end.
func (s *Server) Stop() {
	s.Resume()
	s.end(syscall.SIGTERM)
}

func (s *Server) end(sig syscall.Signal) {
	if s.Running() {
		s.signal(sig)
		<-s.done
	}
}

// Pause freezes the process: connections stay, nothing is answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume has a frozen process go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	if s.Running() {
		_ = s.cmd.Process.Signal(sig) // it may have ended just now
	}
}

var errHopeless = errors.New("waiting is of no use")

// until tries until there is no error, or no hope.
func until(ctx context.Context, try func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil || errors.Is(err, errHopeless) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// freePorts finds ports of 127.0.0.1 that nobody listens on at present.
func freePorts(n int) ([]string, error) {
	var ports []string
	var held []net.Listener
	defer func() {
		for _, l := range held {
			_ = l.Close()
		}
	}()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		held = append(held, l)
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

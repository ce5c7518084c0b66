package proof

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"time"
)

// Daemon is a program of others that a server needs beside it.
type Daemon struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process ended
	output lockedBuffer
}

// StartDaemon starts a program. It ends with this process, or by Stop.
func StartDaemon(path string, args ...string) (*Daemon, error) {
	d := &Daemon{cmd: exec.Command(path, args...), done: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		d.cmd.Wait()
		close(d.done)
	}()
	return d, nil
}

// PID is the number of the process.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// Listening waits until somebody listens on the address.
func (d *Daemon) Listening(ctx context.Context, addr string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var dialer net.Dialer
	for {
		if c, err := dialer.DialContext(ctx, "tcp", addr); err == nil {
			return c.Close()
		}
		select {
		case <-tick.C:
		case <-d.done:
			return fmt.Errorf("%s ended before it listened:\n%s", d.cmd.Path, d.output.String())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Stop asks the process to end and waits for its end.
func (d *Daemon) Stop() {
	d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.done
}

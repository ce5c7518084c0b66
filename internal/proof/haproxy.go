package proof

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// HAProxy is a load balancer as a child process on loopback, run with the
// configuration of deploy/, whose addresses come from its environment.
type HAProxy struct {
	Backends string // address of the frontend that takes the whole API
	Readers  string // address of the frontend that takes Report only

	stats  string
	cmd    *exec.Cmd
	done   chan struct{}
	output lockedBuffer
}

// StartHAProxy starts the haproxy of this machine in front of three replicas and
// waits until it answers. That it found the replicas is for [HAProxy.WaitUp].
func StartHAProxy(ctx context.Context, config string, replicas [3]*Process) (*HAProxy, error) {
	h := &HAProxy{done: make(chan struct{})}
	for _, addr := range []*string{&h.Backends, &h.Readers, &h.stats} {
		free, err := FreeAddr()
		if err != nil {
			return nil, err
		}
		*addr = free
	}
	h.cmd = exec.Command("haproxy", "-db", "-f", config)
	h.cmd.Env = append(os.Environ(), "BIND_BACKENDS="+h.Backends, "BIND_READERS="+h.Readers, "BIND_STATS="+h.stats)
	for i, p := range replicas {
		h.cmd.Env = append(h.cmd.Env, "REPLICA_"+strconv.Itoa(i+1)+"="+p.Addr)
	}
	h.cmd.Stdout, h.cmd.Stderr = &h.output, &h.output
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("haproxy is needed, see scripts/setup: %w", err)
	}
	go func() {
		h.cmd.Wait()
		close(h.done)
	}()
	err := h.poll(ctx, func() bool {
		_, err := h.up()
		return err == nil
	})
	if err != nil {
		h.Stop()
		return nil, err
	}
	return h, nil
}

// URL is where the whole API answers.
func (h *HAProxy) URL() string { return "http://" + h.Backends }

// Output is what it printed so far.
func (h *HAProxy) Output() string { return h.output.String() }

// WaitUp waits until n replicas pass their health checks.
func (h *HAProxy) WaitUp(ctx context.Context, n int) error {
	return h.poll(ctx, func() bool {
		up, err := h.up()
		return err == nil && up == n
	})
}

// Stop ends it and waits for its end.
func (h *HAProxy) Stop() {
	h.cmd.Process.Kill()
	<-h.done
}

// up reads from the statistics how many replicas pass their health checks.
func (h *HAProxy) up() (int, error) {
	resp, err := http.Get("http://" + h.stats + "/stats;csv")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	rows, err := csv.NewReader(resp.Body).ReadAll()
	if err != nil {
		return 0, err
	}
	const backend, server, status = 0, 1, 17 // columns, HAProxy's management guide, 9.1
	n := 0
	for _, row := range rows {
		if row[backend] == "replicas" && row[server] != "BACKEND" && row[status] == "UP" {
			n++
		}
	}
	return n, nil
}

func (h *HAProxy) poll(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-h.done:
			return fmt.Errorf("haproxy ended:\n%s", h.Output())
		case <-ctx.Done():
			return fmt.Errorf("haproxy: %w\n%s", ctx.Err(), h.Output())
		}
	}
	return nil
}

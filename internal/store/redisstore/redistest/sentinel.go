package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// StartSentinel starts a Sentinel in a folder, which watches a master under a
// name and makes one of its replicas the master when it alone holds that for
// dead, after so many milliseconds.
func StartSentinel(dir, name string, master *Server, downAfter int) (*Server, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "sentinel.conf")
	conf := fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s\nlogfile %s\nsentinel monitor %s %s %s 1\n"+
		"sentinel down-after-milliseconds %s %d\nsentinel failover-timeout %s 5000\n",
		ports[0], dir, filepath.Join(dir, "log.txt"), name, host, port, name, downAfter, name)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", ports[0]), Dir: dir, args: []string{file, "--sentinel"}}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

// StartReplica starts a server in a folder that follows a master, and returns
// when it does.
func StartReplica(dir string, master *Server, settings ...string) (*Server, error) {
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		return nil, err
	}
	s, err := Start(dir, append([]string{"--replicaof", host + " " + port, "--repl-ping-replica-period", "1"}, settings...)...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := until(ctx, func() error { return follows(ctx, s) }); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

package redistest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Cluster is a Redis Cluster. It is made by [StartCluster].
type Cluster struct {
	// Nodes are the masters as they were at first, then the replicas: replica i
	// of master m is at masters + i*masters + m.
	Nodes   []*Server
	masters int
}

const slots = 1 << 14

// NodeTimeout is after how many milliseconds the nodes of a cluster hold a
// silent one for dead; a new master is there about as long after that.
const NodeTimeout = 1500

// StartCluster starts a cluster, its nodes in folders below dir, with so many
// masters and so many replicas of each, and returns when all of it works.
func StartCluster(dir string, masters, replicas int, settings ...string) (*Cluster, error) {
	n := masters * (1 + replicas)
	ports, err := freePorts(2 * n)
	if err != nil {
		return nil, err
	}
	c := &Cluster{masters: masters}
	for i := range n {
		c.Nodes = append(c.Nodes, newServer(filepath.Join(dir, "node-"+strconv.Itoa(i)), ports[2*i], append([]string{
			"--cluster-enabled", "yes", "--cluster-port", ports[2*i+1], "--cluster-node-timeout", strconv.Itoa(NodeTimeout),
			"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
		}, settings...)))
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := c.form(ctx, ports); err != nil {
		c.Stop()
		return nil, fmt.Errorf("forming a cluster: %w", err)
	}
	return c, nil
}

func (c *Cluster) form(ctx context.Context, ports []string) error {
	for _, s := range c.Nodes {
		if err := s.start(); err != nil {
			return err
		}
	}
	for i, s := range c.Nodes {
		if err := s.await(ctx); err != nil {
			return err
		}
		if _, err := s.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
		if i >= c.masters {
			continue
		}
		from, to := i*slots/c.masters, (i+1)*slots/c.masters-1
		if _, err := s.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(from), strconv.Itoa(to)); err != nil {
			return err
		}
	}
	for i, s := range c.Nodes[1:] {
		at := 2 * (i + 1)
		if _, err := c.Nodes[0].Do(ctx, "CLUSTER", "MEET", "127.0.0.1", ports[at], ports[at+1]); err != nil {
			return fmt.Errorf("%s: %w", s.Addr, err)
		}
	}
	for _, s := range c.Nodes {
		if err := until(ctx, func() error { return c.knowsAll(ctx, s) }); err != nil {
			return err
		}
	}
	for i, s := range c.Nodes[c.masters:] {
		m, err := c.Nodes[i%c.masters].Do(ctx, "CLUSTER", "MYID")
		if err != nil {
			return err
		}
		id, err := m.ToString()
		if err != nil {
			return err
		}
		if _, err := s.Do(ctx, "CLUSTER", "REPLICATE", id); err != nil {
			return err
		}
	}
	return c.Await(ctx)
}

// knowsAll returns an error unless a node has shaken hands with all others.
func (c *Cluster) knowsAll(ctx context.Context, s *Server) error {
	text, err := s.text(ctx, "CLUSTER", "NODES")
	if err != nil {
		return err
	}
	if n := strings.Count(text, "\n"); n != len(c.Nodes) || strings.Contains(text, "handshake") {
		return fmt.Errorf("%s knows %d of %d nodes", s.Addr, n, len(c.Nodes))
	}
	return nil
}

// follows returns an error if a server is a replica that does not follow its
// master yet.
func follows(ctx context.Context, s *Server) error {
	role, err := s.text(ctx, "INFO", "replication")
	if err == nil && strings.Contains(role, "role:slave") && !strings.Contains(role, "master_link_status:up") {
		err = fmt.Errorf("replica %s does not follow yet", s.Addr)
	}
	return err
}

// Await waits until every running node holds the cluster for whole, and every
// running replica follows its master.
func (c *Cluster) Await(ctx context.Context) error {
	for _, s := range c.Nodes {
		if !s.Running() {
			continue
		}
		err := until(ctx, func() error {
			info, err := s.text(ctx, "CLUSTER", "INFO")
			if err == nil && !strings.Contains(info, "cluster_state:ok") {
				err = fmt.Errorf("%s holds the cluster for broken", s.Addr)
			}
			if err != nil {
				return err
			}
			return follows(ctx, s)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Masters are the running nodes that are masters at present.
func (c *Cluster) Masters(ctx context.Context) ([]*Server, error) {
	var masters []*Server
	for _, s := range c.Nodes {
		if !s.Running() {
			continue
		}
		role, err := s.text(ctx, "INFO", "replication")
		if err != nil {
			return nil, err
		}
		if strings.Contains(role, "role:master") {
			masters = append(masters, s)
		}
	}
	return masters, nil
}

// Owner is the node that a key is on at present.
func (c *Cluster) Owner(ctx context.Context, key string) (*Server, error) {
	for _, s := range c.Nodes {
		if !s.Running() {
			continue
		}
		slot, err := s.Do(ctx, "CLUSTER", "KEYSLOT", key)
		if err != nil {
			continue
		}
		n, err := slot.AsInt64()
		if err != nil {
			return nil, err
		}
		nodes, err := s.text(ctx, "CLUSTER", "NODES")
		if err != nil {
			continue
		}
		for line := range strings.Lines(nodes) {
			if words := strings.Fields(line); len(words) > 8 && holds(words[8:], n) {
				addr, _, _ := strings.Cut(words[1], "@")
				for _, owner := range c.Nodes {
					if owner.Addr == addr {
						return owner, nil
					}
				}
			}
		}
	}
	return nil, errors.New("no node says who holds " + key)
}

// AwaitOwner waits until a key is on another node than the one given, as after
// that was killed, and returns it.
func (c *Cluster) AwaitOwner(ctx context.Context, key string, other *Server) (*Server, error) {
	var owner *Server
	err := until(ctx, func() error {
		var err error
		if owner, err = c.Owner(ctx, key); err == nil && owner == other {
			err = fmt.Errorf("%s is still on %s", key, other.Addr)
		}
		return err
	})
	return owner, err
}

func holds(ranges []string, slot int64) bool {
	for _, r := range ranges {
		from, to, ok := strings.Cut(r, "-")
		if !ok {
			to = from
		}
		lo, err := strconv.ParseInt(from, 10, 64)
		hi, err2 := strconv.ParseInt(to, 10, 64)
		if err == nil && err2 == nil && lo <= slot && slot <= hi {
			return true
		}
	}
	return false
}

// URL is the cluster's address as --store takes it.
func (c *Cluster) URL() string {
	var addrs []string
	for _, s := range c.Nodes {
		addrs = append(addrs, s.Addr)
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}

// Stop ends all nodes at once.
func (c *Cluster) Stop() {
	for _, s := range c.Nodes {
		s.Kill()
	}
}

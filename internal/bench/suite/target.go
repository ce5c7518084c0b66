package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/rueidis"
	"google.golang.org/protobuf/proto"

	"readnext/internal/bench"
	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

// target is a server under measurement.
type target struct {
	name    string
	process *proof.Process
	disk    string        // where the store's bytes are
	models  string        // where snapshots of the models are
	shared  string        // address of the Redis that has one more; "" for none
	beside  *proof.Daemon // what the server needs beside it, nil for nothing
	live    bool          // answers from the world
	why     string        // it is not measured; "" if it is

	before disk // when pages were first asked for
}

func (t *target) clients() proof.Clients { return proof.NewClients(t.process.URL(), "") }

func (t *target) stop() {
	if t.process != nil {
		t.process.Stop()
	}
	if t.beside != nil {
		t.beside.Stop()
	}
}

// usage is what the target's processes used since they started.
func (t *target) usage(ctx context.Context) (usage, error) {
	cpu, err := cpuOf(t.process.PID())
	if err != nil {
		return usage{}, err
	}
	if t.beside != nil {
		more, err := cpuOf(t.beside.PID())
		if err != nil {
			return usage{}, err
		}
		cpu += more
	}
	m, err := scrape(ctx, t.process.Admin)
	if err != nil {
		return usage{}, err
	}
	return usage{
		cpu: cpu, mallocs: m["go_memstats_mallocs_total"], bytes: m["go_memstats_alloc_bytes_total"],
		ok: counted(m, "ok"), shed: counted(m, "resource_exhausted"),
	}, nil
}

// folded waits until the models hold so many log entries since the start.
func (t *target) folded(ctx context.Context, entries int) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		m, err := scrape(ctx, t.process.Admin)
		if err != nil || m["readnext_log_entries_folded_total"] >= float64(entries) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// disk is what a store takes, and how many pages were written to it.
type disk struct {
	bytes int64
	pages float64
}

func (t *target) onDisk(ctx context.Context) (d disk, err error) {
	if d.bytes, err = diskOf(t.disk); err != nil {
		return d, err
	}
	m, err := scrape(ctx, t.process.Admin)
	d.pages = m[`readnext_pages_total{kind="refresh"}`]
	return d, err
}

// When Redis syncs its log: what a page promises needs less than what a write does.
const (
	forPages  = "everysec" // a killed process loses nothing, a power cut a second
	forWrites = "always"   // before it answers
)

// syncs tells a target's Redis when to sync its log; without one it does nothing.
func (t *target) syncs(ctx context.Context, when string) error {
	if t.shared == "" {
		return nil
	}
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{t.shared}, DisableCache: true})
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Do(ctx, client.B().ConfigSet().ParameterValue().ParameterValue("appendfsync", when).Build()).Error()
}

// forgetOwn removes a stopped target's own snapshots.
func (t *target) forgetOwn(context.Context) error { return os.RemoveAll(t.models) }

// forgetModels removes all snapshots.
func (t *target) forgetModels(ctx context.Context) error {
	if err := t.forgetOwn(ctx); err != nil || t.shared == "" {
		return err
	}
	client, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{t.shared}, DisableCache: true})
	if err != nil {
		return err
	}
	defer client.Close()
	gone, err := client.Do(ctx, client.B().Del().Key("readnext:{order}shared").Build()).AsInt64()
	if err == nil && gone != 1 {
		err = errors.New("there was no shared snapshot in Redis")
	}
	return err
}

// starter starts a target. A target that cannot be measured here says why.
type starter struct {
	name  string
	start func(ctx context.Context, s *run, t *target) error
}

// errElsewhere says that a target cannot be measured on this machine.
var errElsewhere = errors.New("not measured")

// lives are the live engine's stores.
func lives() []starter {
	return []starter{
		{livePebble, func(ctx context.Context, s *run, t *target) (err error) {
			t.disk = filepath.Join(s.dir, "pebble")
			t.models = filepath.Join(t.disk, "snapshots")
			t.process, err = proof.NewProcess(s.cfg.Binary, "pebble:"+t.disk, s.cfg.Serve...)
			return err
		}},
		{liveRedis, startRedis},
	}
}

// The targets' names.
const (
	bare       = "bare"
	pseudo     = "pseudo"
	livePebble = "live, Pebble"
	liveRedis  = "live, Redis"
)

// startRedis starts a redis-server that syncs its log before it answers, and a
// server on it.
func startRedis(ctx context.Context, s *run, t *target) error {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return fmt.Errorf("%w: there is no redis-server in $PATH", errElsewhere)
	}
	addr, err := proof.FreeAddr()
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, "redis")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	t.disk = dir
	host, port, _ := strings.Cut(addr, ":")
	t.beside, err = proof.StartDaemon(path, "--bind", host, "--port", port, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", forPages)
	if err != nil {
		return err
	}
	if err := t.beside.Listening(ctx, addr); err != nil {
		return err
	}
	t.models, t.shared = filepath.Join(s.dir, "redis-models"), addr
	t.process, err = proof.NewProcess(s.cfg.Binary, "redis://"+addr,
		append([]string{"--snapshot-dir", t.models, "--redis-keep-log", "100000000"}, s.cfg.Serve...)...) // for starts from the log
	return err
}

// startLive starts a live target on an empty store. If this binary cannot, the
// target says why.
func (s *run) startLive(ctx context.Context, st starter) (*target, error) {
	t := &target{name: st.name, live: true}
	err := st.start(ctx, s, t)
	if err == nil {
		_, err = t.process.Start(ctx)
	}
	switch {
	case errors.Is(err, errElsewhere):
		t.why = err.Error()
	case err != nil && strings.Contains(err.Error(), "supported:"): // this binary has no such store
		t.why = fmt.Sprintf("%v: this readnext serves no %s", errElsewhere, strings.SplitN(t.process.Store, ":", 2)[0])
	case err != nil:
		t.stop()
		return nil, fmt.Errorf("%s: %w", st.name, err)
	}
	if t.why != "" && t.beside != nil {
		t.beside.Stop()
	}
	return t, nil
}

// startBare starts a server that answers one page that a live one answered.
func (s *run) startBare(ctx context.Context, from *target) (*target, error) {
	id, channel := s.cfg.World.Reader(s.rng(), nil)
	page, err := from.clients().Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: string(id), ChannelId: channel, ArticleNum: s.cfg.Num})
	if err != nil {
		return nil, err
	}
	b, err := proto.Marshal(page)
	if err != nil {
		return nil, err
	}
	s.result.PageBytes = len(b)
	file := filepath.Join(s.dir, "page")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return nil, err
	}
	p, err := proof.NewProcess(s.cfg.Binary, "")
	if err != nil {
		return nil, err
	}
	p.Line = []string{"bare", "--listen", p.Addr, "--admin-listen", p.Admin, "--answer", file}
	_, err = p.Start(ctx)
	return &target{name: bare, process: p}, err
}

func (s *run) startPseudo(ctx context.Context) (*target, error) {
	p, err := proof.NewProcess(s.cfg.Binary, "pebble:unused", "--engine", "pseudo")
	if err != nil {
		return nil, err
	}
	_, err = p.Start(ctx)
	return &target{name: pseudo, process: p}, err
}

// pages are the requests for pages that a target gets.
func (s *run) pages(t *target, json bool) bench.Pages {
	p := bench.Pages{Reader: s.cfg.World.Reader, Num: s.cfg.Num, JSON: json}
	if t.live {
		p.Eligible = s.cfg.World.Eligible
	}
	return p
}

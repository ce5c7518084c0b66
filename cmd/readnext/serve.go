package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"readnext/internal/app"
	"readnext/internal/server"
)

type serveCmd struct {
	Listen      string `default:"127.0.0.1:8888" env:"READNEXT_LISTEN" placeholder:"HOST:PORT" help:"Where the API answers; port 0 takes a free one (${default})."`
	AdminListen string `default:"127.0.0.1:8889" env:"READNEXT_ADMIN_LISTEN" placeholder:"HOST:PORT" help:"Where metrics, profiles and key rotation answer, without asking for a key; off for nowhere (${default})."`
	Store       string `default:"pebble:./data" env:"READNEXT_STORE" placeholder:"URL" help:"Where state is kept: pebble:DIR for one process, or the Redis of many: redis://HOST:PORT/DB, rediss://HOST:PORT/DB (TLS), redis+cluster://HOST:PORT,..., redis+sentinel://HOST:PORT,.../MASTER/DB; user and password as in URLs (${default})."`
	Engine      string `default:"live" enum:"live,pseudo" env:"READNEXT_ENGINE" help:"live recommends; pseudo invents the tutorial's answer (${default})."`
	Degraded    string `default:"serve" enum:"serve,refuse" env:"READNEXT_DEGRADED" help:"What a refresh gets while the store cannot record it: serve, a page that is not recorded and says so in a header, or refuse, the error unavailable (${default})."`
	APIKeysFile string `env:"READNEXT_API_KEYS_FILE" placeholder:"FILE" type:"path" help:"Keys that backends must send as bearer tokens, one a line, 16 characters or more; read again on SIGHUP. Report needs none."`
	Demo        bool   `env:"READNEXT_DEMO" help:"Fill an empty store with an invented newsroom, whose readers keep reading for ten minutes."`
	Insecure    bool   `env:"READNEXT_INSECURE" help:"Answer other machines although no key guards the address."`

	SnapshotDir       string        `env:"READNEXT_SNAPSHOT_DIR" placeholder:"DIR" type:"path" help:"On a Redis: where this process keeps its snapshots of the models; a folder for temporary files by default."`
	RedisWaitReplicas int           `default:"0" env:"READNEXT_REDIS_WAIT_REPLICAS" placeholder:"N" help:"On a Redis: how many replicas must have a change before it counts as durable (${default})."`
	RedisTimeout      time.Duration `default:"2s" env:"READNEXT_REDIS_TIMEOUT" help:"On a Redis: how long one exchange may take (${default})."`
	RedisKeepLog      int           `default:"1000000" env:"READNEXT_REDIS_KEEP_LOG" placeholder:"N" help:"On a Redis: how many of the latest log entries stay, whatever snapshots cover (${default})."`

	exploreFlags `embed:""`
	learnFlags

	LogLevel  string `default:"info" enum:"debug,info,warn,error" env:"READNEXT_LOG_LEVEL" help:"debug, info, warn or error (${default})."`
	LogFormat string `default:"text" enum:"text,json" env:"READNEXT_LOG_FORMAT" help:"text or json (${default})."`
	AccessLog string `default:"errors" enum:"all,errors,off" env:"READNEXT_ACCESS_LOG" help:"Which requests are logged: all, errors or off (${default})."`

	MaxInFlight  int  `default:"0" env:"READNEXT_MAX_IN_FLIGHT" placeholder:"N" help:"How many requests are worked on at a time; more are refused (64 a processor)."`
	LockProfiles bool `env:"READNEXT_LOCK_PROFILES" help:"Record where locks and channels are waited for, for /debug/pprof/mutex and /debug/pprof/block of the operator's address."`

	DrainDelay      time.Duration `default:"0s" env:"READNEXT_DRAIN_DELAY" help:"How long to go on answering after /readyz says no (${default})."`
	ShutdownTimeout time.Duration `default:"20s" env:"READNEXT_SHUTDOWN_TIMEOUT" help:"How long requests under way may take at the end (${default})."`
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	slates, err := c.exploreFlags.config()
	if err != nil {
		return err
	}
	live := c.learnFlags.config()
	live.Recommend = slates
	log := c.logger(s.err)
	limitMemory(log, app.Engine(c.Engine))
	api := server.Config{AccessLog: server.AccessLog(c.AccessLog), MaxInFlight: c.MaxInFlight}
	api.EnsureDefaults() // by the processors that there are
	alternate()
	if c.LockProfiles {
		runtime.SetMutexProfileFraction(10)
		runtime.SetBlockProfileRate(int(10 * time.Microsecond))
	}
	var demo func()
	addr := make(chan string, 1)
	if c.Demo {
		demo = func() { welcome(s.out, <-addr) }
	}
	a, err := app.New(ctx, app.Config{
		Listen:          c.Listen,
		AdminListen:     c.AdminListen,
		Store:           c.Store,
		SnapshotDir:     c.SnapshotDir,
		WaitReplicas:    c.RedisWaitReplicas,
		RedisTimeout:    c.RedisTimeout,
		KeepEntries:     c.RedisKeepLog,
		Engine:          app.Engine(c.Engine),
		Degraded:        app.Degraded(c.Degraded),
		APIKeysFile:     c.APIKeysFile,
		Insecure:        c.Insecure,
		DrainDelay:      c.DrainDelay,
		ShutdownTimeout: c.ShutdownTimeout,
		Demo:            demo,
		Version:         version(),
		Logger:          log,
		LiveEngine:      live,
		Server:          api,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "api http://%s\n", a.Addr())
	if admin := a.AdminAddr(); admin != "" {
		fmt.Fprintf(s.out, "admin http://%s\n", admin)
	}
	addr <- a.Addr()
	stop := reloadOnHangup(a, log)
	defer stop()
	return a.Run(ctx)
}

// welcome tells how to look at the invented newsroom.
func welcome(w io.Writer, addr string) {
	fmt.Fprintf(w, `
The newsroom is open. A page for reader-1, who likes space and robots:

  curl -s -H 'Content-Type: application/json' \
    -d '{"user_id":"reader-1","channel_id":0,"article_num":5,"time_stamp":0}' \
    http://%[1]s/twirp/reco.v1.UserRecommend/user_recommend

Why these articles:

  curl -s -H 'Content-Type: application/json' \
    -d '{"user_id":"reader-1","article_num":5}' \
    http://%[1]s/twirp/reco.v1.Insight/Preview

Ctrl-C stops the server; what it learned stays in the store.
`, addr)
}

// garbagePercent is how much garbage may lie about, in percent of what is in
// use: models are large and requests make little. docs/performance.md has what
// it costs.
const garbagePercent = 25

// limitMemory tells the garbage collector of the container's limit, so that it
// works harder before the kernel would end the process, and how much garbage
// there may be if there are models. GOMEMLIMIT and GOGC, if they are set, hold
// instead.
func limitMemory(log *slog.Logger, engine app.Engine) {
	if engine == app.Live && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	limit, err := memlimit.Set()
	if err != nil {
		log.Debug("no limit of memory is known", "err", err)
		return
	}
	log.Debug("the garbage collector knows a limit of memory", "bytes", limit)
}

// alternate has two threads take turns on a single processor. With one, Go looks
// for requests that came only when nothing else is left to do, or every 10 ms:
// while Pebble compacts, that is how long they would wait. GOMAXPROCS, if it is
// set, holds instead. From then on Go does not follow changes of the container's
// share of processors.
func alternate() {
	if runtime.GOMAXPROCS(0) == 1 && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2)
	}
}

func (c *serveCmd) logger(w io.Writer) *slog.Logger {
	opts := new(slog.HandlerOptions)
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err == nil { // kong checked it
		opts.Level = level
	}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// reloadOnHangup reads the API keys again on each SIGHUP, until it is stopped.
func reloadOnHangup(a *app.App, log *slog.Logger) (stop func()) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-hangups:
				if err := a.ReloadAPIKeys(); err != nil {
					log.Error("API keys stay what they were", "err", err)
				} else {
					log.Info("API keys were read again")
				}
			case <-quit:
				return
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(quit)
		<-done
	}
}

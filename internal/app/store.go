package app

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"readnext/internal/move"
	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
	"readnext/internal/store/redisstore"
)

// Stores are given by URLs: pebble:DIR, or an address of a Redis.
const (
	pebbleScheme    = "pebble"
	supportedStores = "pebble:DIR, one directory for one process; for several processes, " + redisstore.Forms
)

// checkStoreURL says what is wrong with a store's URL.
func checkStoreURL(s string) error {
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case !ok || scheme == "":
		return fmt.Errorf("store %q has no scheme; supported: %s", s, supportedStores)
	case isRedis(s):
		_, err := redisstore.Parse(s)
		return err
	case scheme != pebbleScheme:
		return fmt.Errorf("store has the unknown scheme %q; supported: %s", scheme, supportedStores)
	case rest == "":
		return fmt.Errorf("store %q names no directory; supported: %s", s, supportedStores)
	}
	return nil
}

func isRedis(url string) bool {
	scheme, _, _ := strings.Cut(url, ":")
	return slices.Contains(redisstore.Schemes(), scheme)
}

func pebbleDir(url string) string { return strings.TrimPrefix(url, pebbleScheme+":") }

// redis is how a store in a Redis is used.
func (c *Config) redis(snapshots string) redisstore.Config {
	cfg := redisstore.Config{
		WaitReplicas: c.WaitReplicas, Timeout: c.RedisTimeout, KeepEntries: c.KeepEntries,
		SnapshotDir: snapshots, Now: c.Now, Logger: c.Logger,
	}
	if c.unfinished {
		// Half a copy is nobody's to order, nor a whole one to be trimmed.
		cfg.Unfinished, cfg.RepairEvery, cfg.KeepEntries = true, never, math.MaxInt
	}
	return cfg
}

const (
	moveTimeout = 30 * time.Second // of an exchange with Redis: nobody waits for a page
	never       = 1 << 61
)

// openStore opens a store and makes one where there is none.
func openStore(ctx context.Context, cfg *Config) (store.Store, error) {
	if err := checkStoreURL(cfg.Store); err != nil {
		return nil, err
	}
	if isRedis(cfg.Store) {
		return openRedis(ctx, cfg)
	}
	st, err := pebblestore.Open(pebbleDir(cfg.Store), pebblestore.Config{Logger: cfg.Logger, Unfinished: cfg.unfinished})
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", cfg.Store, err)
	}
	return st, nil
}

// openRedis takes the first folder for snapshots that no other process has, if
// none was named: what is in it spares the start most of the log.
func openRedis(ctx context.Context, cfg *Config) (store.Store, error) {
	const most = 100 // processes on one machine that name no folder
	for n := 1; ; n++ {
		dir := cfg.SnapshotDir
		if dir == "" {
			var err error
			if dir, err = temporaryDir(cfg.Store, n); err != nil {
				return nil, err
			}
		}
		st, err := redisstore.Open(ctx, cfg.Store, cfg.redis(dir))
		if err == nil {
			return st, nil
		}
		if cfg.SnapshotDir != "" || n == most || !errors.Is(err, redisstore.ErrInUse) {
			return nil, fmt.Errorf("opening the store: %w", err)
		}
	}
}

// temporaryDir is the n-th folder for the snapshots of a store's models. It is
// this user's: anybody can make folders beside it.
func temporaryDir(url string, n int) (string, error) {
	h := fnv.New64a()
	h.Write([]byte(url))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("readnext-%d-%x-%d", os.Getuid(), h.Sum64(), n))
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700) // only its owner may
	}
	if err != nil {
		return "", fmt.Errorf("making a folder for snapshots, which another can be named for: %w", err)
	}
	return dir, nil
}

// OpenStore opens a store for a tool: an embedded one that no service is running
// on, or a shared one. It is an error if there is none.
func OpenStore(ctx context.Context, url string, log *slog.Logger) (store.Store, error) {
	if err := checkStoreThere(url); err != nil {
		return nil, err
	}
	return openStore(ctx, &Config{Store: url, Logger: log})
}

func checkStoreThere(url string) error {
	if err := checkStoreURL(url); err != nil || isRedis(url) {
		return err
	}
	if _, err := os.Stat(pebbleDir(url)); err != nil {
		return fmt.Errorf("opening store %s: %w", url, err)
	}
	return nil
}

// OpenSource opens a store to be copied, on which no service runs. It is an
// error if there is none.
func OpenSource(ctx context.Context, url string, log *slog.Logger) (move.Store, error) {
	if err := checkStoreThere(url); err != nil {
		return nil, err
	}
	return openMoving(ctx, &Config{Store: url, Logger: log, RedisTimeout: moveTimeout})
}

// OpenTarget opens a store to be copied to, and makes one where there is none.
func OpenTarget(ctx context.Context, url string, log *slog.Logger) (move.Store, error) {
	return openMoving(ctx, &Config{Store: url, Logger: log, RedisTimeout: moveTimeout, unfinished: true})
}

func openMoving(ctx context.Context, cfg *Config) (move.Store, error) {
	st, err := openStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	moving, ok := st.(move.Store)
	if !ok {
		return nil, errors.Join(fmt.Errorf("store %s cannot be copied", cfg.Store), st.Close())
	}
	return moving, nil
}

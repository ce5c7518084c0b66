package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"readnext/internal/store"
	"readnext/internal/store/pebblestore"
)

// storeURL is where a store is: pebble:DIR.
type storeURL struct{ scheme, rest string }

const supportedStores = "pebble:DIR, one directory for one process"

func parseStoreURL(s string) (storeURL, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case !ok || scheme == "":
		return storeURL{}, fmt.Errorf("store %q has no scheme; supported: %s", s, supportedStores)
	case scheme != "pebble":
		return storeURL{}, fmt.Errorf("store %q has the unknown scheme %q; supported: %s", s, scheme, supportedStores)
	case rest == "":
		return storeURL{}, fmt.Errorf("store %q names no directory; supported: %s", s, supportedStores)
	}
	return storeURL{scheme, rest}, nil
}

// openStore opens a store and makes one where there is none.
func openStore(url string, log *slog.Logger) (*pebblestore.Store, error) {
	u, err := parseStoreURL(url)
	if err != nil {
		return nil, err
	}
	st, err := pebblestore.Open(u.rest, pebblestore.Config{Logger: log})
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", url, err)
	}
	return st, nil
}

// OpenStore opens a store that no service is running on, for a tool. It is an
// error if there is none.
func OpenStore(_ context.Context, url string, log *slog.Logger) (store.Store, error) {
	u, err := parseStoreURL(url)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(u.rest); err != nil {
		return nil, fmt.Errorf("opening store %s: %w", url, err)
	}
	st, err := openStore(url, log)
	if err != nil {
		return nil, err
	}
	return st, nil
}

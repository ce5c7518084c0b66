package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"readnext/internal/app"
	"readnext/internal/feed"
	"readnext/internal/server"
	"readnext/internal/store"
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" help:"List the signing keys: number and time of creation."`
	Rotate keysRotateCmd `cmd:"" help:"Add a signing key, which signs from now on. Params of older keys stay valid."`
}

// keysAt says where the keys are: with a running server, or in a store that no
// server has open.
type keysAt struct {
	Admin string `default:"http://127.0.0.1:8889" env:"READNEXT_ADMIN" placeholder:"URL" help:"The admin address of a running server (${default})."`
	Store string `placeholder:"URL" help:"A store that no server runs on, instead of a running server."`
}

// Validate is called by kong.
func (c *keysAt) Validate() error { return checkAddress("--admin", c.Admin) }

type keysListCmd struct{ keysAt }

// Run prints the keys.
func (c *keysListCmd) Run(ctx context.Context, s *streams) error {
	var list server.KeyList
	if c.Store == "" {
		if err := c.call(ctx, http.MethodGet, "/keys", &list); err != nil {
			return err
		}
	} else if err := c.open(ctx, s, func(st store.Store) error {
		keys, err := st.SigningKeys(ctx)
		for _, k := range keys {
			list.Keys = append(list.Keys, server.KeyInfoOf(k))
		}
		return err
	}); err != nil {
		return err
	}
	for _, k := range list.Keys {
		printKey(s.out, k)
	}
	return nil
}

type keysRotateCmd struct{ keysAt }

// Run adds a key and prints it.
func (c *keysRotateCmd) Run(ctx context.Context, s *streams) error {
	var key server.KeyInfo
	if c.Store == "" {
		if err := c.call(ctx, http.MethodPost, "/keys/rotate", &key); err != nil {
			return err
		}
	} else if err := c.open(ctx, s, func(st store.Store) error {
		k, err := app.RotateKey(ctx, st, feed.MillisOf(time.Now()))
		key = server.KeyInfoOf(k)
		return err
	}); err != nil {
		return err
	}
	printKey(s.out, key)
	return nil
}

func printKey(w io.Writer, k server.KeyInfo) {
	fmt.Fprintf(w, "key %d, created %s\n", k.ID, k.Created.Format(time.RFC3339))
}

// open runs do on the store.
func (c *keysAt) open(ctx context.Context, s *streams, do func(store.Store) error) (err error) {
	st, err := app.OpenStore(ctx, c.Store, slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := st.Close(); err == nil {
			err = closeErr
		}
	}()
	return do(st)
}

// call asks the running server.
func (c *keysAt) call(ctx context.Context, method, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Admin, "/")+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("%w; is a server running there? --store asks a store without one", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, r.URL, resp.Status, strings.TrimSpace(string(body)))
	}
	return json.Unmarshal(body, into)
}

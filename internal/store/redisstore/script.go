package redisstore

import (
	"context"
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
)

//go:embed lua
var sources embed.FS

// script is a Lua script, sent by its hash and, to a server that does not know
// it, whole. It runs on plain and on dedicated connections alike, which the
// library's own does not.
type script struct{ text, sha string }

// scripts are all there are.
type scripts struct {
	append, page, pageAt, forget, prune, put, withdraw, order, remark, addKey, touch, publish, chunk, begin, stale, trim,
	fields, facts, take script
}

func loadScripts() (scripts, error) {
	var s scripts
	prelude, err := sources.ReadFile("lua/prelude.lua")
	if err != nil {
		return s, err
	}
	for name, to := range map[string]*script{
		"append": &s.append, "page": &s.page, "pageat": &s.pageAt, "forget": &s.forget, "prune": &s.prune,
		"put": &s.put, "withdraw": &s.withdraw, "order": &s.order, "remark": &s.remark, "addkey": &s.addKey, "touch": &s.touch,
		"publish": &s.publish, "chunk": &s.chunk, "begin": &s.begin, "stale": &s.stale, "trim": &s.trim,
		"fields": &s.fields, "facts": &s.facts, "take": &s.take,
	} {
		body, err := sources.ReadFile("lua/" + name + ".lua")
		if err != nil {
			return s, err
		}
		to.text = string(prelude) + string(body)
		sum := sha1.Sum([]byte(to.text))
		to.sha = hex.EncodeToString(sum[:])
	}
	return s, nil
}

// call is a script with what it is called with.
type call struct {
	*script
	keys, args []string
}

func (c *call) short(b rueidis.Builder) rueidis.Completed {
	return b.Evalsha().Sha1(c.sha).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
}

func (c *call) whole(b rueidis.Builder) rueidis.Completed {
	return b.Eval().Script(c.text).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
}

func unknownScript(err error) bool {
	r, ok := rueidis.IsRedisErr(err)
	return ok && r.IsNoScript()
}

// run runs a script that need not be durable.
func (s *Store) run(ctx context.Context, c call) rueidis.RedisResult {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	r := s.prompt.do(ctx, s.client, c.short(s.client.B()))
	if unknownScript(r.Error()) {
		r = s.prompt.do(ctx, s.client, c.whole(s.client.B()))
	}
	return r
}

// write runs a script and returns when what it wrote is durable.
func (s *Store) write(ctx context.Context, c call, doing string) (rueidis.RedisResult, error) {
	if s.cfg.WaitReplicas == 0 {
		r := s.run(ctx, c)
		return r, failed(r.Error(), doing)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	// The client would have callers wait for a connection whatever their context
	// says.
	select {
	case s.waits <- struct{}{}:
	case <-ctx.Done():
		return rueidis.NewErrorResult(ctx.Err()), failed(ctx.Err(), doing)
	}
	rs := s.prompt.several(ctx, 2, func() []rueidis.RedisResult {
		defer func() { <-s.waits }()
		return s.replicate(ctx, c)
	})
	for _, r := range rs {
		if err := r.Error(); err != nil {
			return r, failed(err, doing)
		}
	}
	n, err := rs[1].AsInt64()
	if err != nil {
		return rs[0], failed(err, doing)
	}
	if n < int64(s.cfg.WaitReplicas) {
		return rs[0], feed.Errorf(feed.Unavailable, "%s: written, but %d of %d replicas have it", doing, n, s.cfg.WaitReplicas)
	}
	return rs[0], nil
}

// replicate runs a script, and a WAIT after it, which is about what its own
// connection wrote.
func (s *Store) replicate(ctx context.Context, c call) []rueidis.RedisResult {
	conn, release := s.client.Dedicate()
	defer release()
	wait := func() rueidis.Completed {
		return conn.B().Wait().Numreplicas(int64(s.cfg.WaitReplicas)).Timeout(s.waitTime().Milliseconds()).Build()
	}
	rs := conn.DoMulti(ctx, c.short(conn.B()), wait())
	if unknownScript(rs[0].Error()) {
		rs = conn.DoMulti(ctx, c.whole(conn.B()), wait())
	}
	return rs
}

// waitTime is how long replicas have for a change: less than the exchange, so
// that Redis' answer comes and not a time-out.
func (s *Store) waitTime() time.Duration { return s.cfg.Timeout * 3 / 4 }

// added is what scripts that write into a partition's log return.
type added struct {
	partition int
	before    uint64 // the last id before
	first     uint64 // the ids given out are above it,
	last      uint64 // up to this
	flags     string // a digit for each thing given
}

func parseAdded(partition int, r rueidis.RedisResult) (added, error) {
	a := added{partition: partition}
	parts, err := r.AsStrSlice()
	if err == nil && len(parts) < 3 {
		err = fmt.Errorf("%d parts", len(parts))
	}
	for i, to := range []*uint64{&a.before, &a.first, &a.last} {
		if err == nil {
			*to, err = parseUint(parts[i])
		}
	}
	if err != nil {
		return a, feed.Wrap(feed.Internal, err, "a script's answer")
	}
	if len(parts) > 3 {
		a.flags = parts[3]
	}
	return a, nil
}

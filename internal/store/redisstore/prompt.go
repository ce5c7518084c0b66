package redisstore

import (
	"context"
	"sync/atomic"

	"github.com/redis/rueidis"
)

// prompt has calls of the client end with their contexts. By itself the client
// does not see to that while it makes a connection: who comes meanwhile waits
// for whoever makes it, as long as that may take, whatever its own context says.
// Since a call costs a goroutine then, it is done after calls that failed only,
// for so many calls to come.
type prompt struct{ wary atomic.Int32 }

const waryFor = 1000

// do makes one call.
func (p *prompt) do(ctx context.Context, c rueidis.Client, cmd rueidis.Completed) rueidis.RedisResult {
	return heeding(ctx, p, func() rueidis.RedisResult { return c.Do(ctx, cmd) }, rueidis.RedisResult.Error, rueidis.NewErrorResult)
}

// doMulti makes some calls at once.
func (p *prompt) doMulti(ctx context.Context, c rueidis.Client, cmds []rueidis.Completed) []rueidis.RedisResult {
	return p.several(ctx, len(cmds), func() []rueidis.RedisResult { return c.DoMulti(ctx, cmds...) })
}

// several makes a call that has n results.
func (p *prompt) several(ctx context.Context, n int, call func() []rueidis.RedisResult) []rueidis.RedisResult {
	return heeding(ctx, p, call,
		func(rs []rueidis.RedisResult) error {
			for _, r := range rs {
				if err := r.Error(); broken(err) {
					return err
				}
			}
			return nil
		},
		func(err error) []rueidis.RedisResult {
			rs := make([]rueidis.RedisResult, n)
			for i := range rs {
				rs[i] = rueidis.NewErrorResult(err)
			}
			return rs
		})
}

// broken reports whether an error is not one that Redis answered.
func broken(err error) bool {
	_, answered := rueidis.IsRedisErr(err)
	return err != nil && !answered
}

// heeding makes a call and returns late's result of ctx's error if ctx is over
// before.
func heeding[T any](ctx context.Context, p *prompt, call func() T, failed func(T) error, late func(error) T) T {
	var r T
	if p.wary.Load() <= 0 {
		r = call()
	} else {
		p.wary.Add(-1)
		done := make(chan T, 1)
		go func() { done <- call() }()
		select {
		case r = <-done:
		case <-ctx.Done():
			r = late(ctx.Err())
		}
	}
	if broken(failed(r)) {
		p.wary.Store(waryFor)
	}
	return r
}

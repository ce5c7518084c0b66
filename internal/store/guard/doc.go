// Package guard keeps a store that is slow or away from taking its callers
// with it. A [Store] has the same contract as the store it wraps, and promises
// that
//
//   - a call that the wrapped store does not answer in time ends as
//     [feed.Unavailable], if that store heeds its context;
//   - no more than so many calls are under way: those beyond end at once, so
//     that a store which hangs, even one deaf to its context, holds a bounded
//     number of goroutines and no more;
//   - a store that keeps failing is left alone: a breaker answers in its place,
//     lets one call through a few times a second, and stands aside as soon as
//     one succeeds.
//
// There are three classes of calls, each with bounds and a breaker of its own,
// because each fails without the others: a store that is full takes no writes
// and answers reads. They are reads of a request (Profile, PageAt, Articles),
// pages (PutPage), and writes that must be durable (PutArticles,
// WithdrawArticles, AppendSignals, Forget, and those of signing keys).
// ListArticles and SigningKeys have a time-out only. The log, snapshots and
// Prune pass through: they work in the background, one at a time, and their
// callers space out their tries.
//
// A breaker counts nothing but what speaks of the store's health: results of
// kind [feed.Unavailable] and calls that took too long. A caller that gave up,
// a conflict or a bad argument is none of them.
//
// A time-out costs a timer, a breaker a lock; neither costs a goroutine. For an
// embedded store take [InFlight]: it knows by itself when it cannot write and
// says so at once, its calls do not heed their context while they are with the
// disk, and a breaker would only refuse writes for longer than the disk does.
package guard

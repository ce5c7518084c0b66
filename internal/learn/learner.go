// Package learn turns the log into models. A [Learner] writes what happens
// through the store, which puts it into the log, and folds the log into the
// models, on one goroutine and in log order, so that the same log gives the
// same models bit for bit, on every replica and after every restart.
//
// A change that a Learner's method reported done is durable and is folded into
// this process's models: the next request sees it. It trades a little latency
// of writes for that; a caller who only needs durability can use the store
// directly.
package learn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"readnext/internal/feed"
	"readnext/internal/model/catalog"
	"readnext/internal/outage"
	"readnext/internal/store"
)

// Store is what a Learner needs of a store.
type Store interface {
	store.Signals
	store.Log
	store.Snapshots
	PutArticles(ctx context.Context, articles []feed.Article) (created []bool, at feed.Position, err error)
	WithdrawArticles(ctx context.Context, ids []feed.ArticleID) (known []bool, at feed.Position, err error)
	Forget(ctx context.Context, user feed.UserID) (feed.Position, error)
}

// Observer is a model as the learner feeds it. Its methods are called in log order,
// by one goroutine at a time.
type Observer interface {
	Name() string
	// ObserveItem tells of an article that was put, changed or withdrawn.
	ObserveItem(*feed.Item)
	// Observe tells of something a reader did.
	Observe(feed.Observation)
	// Forget erases what the model keeps of a reader by name.
	Forget(feed.UserID)
	// Drop erases everything under numbers that the catalogue has dropped.
	// Whatever it is told of under them later is another article's or name's.
	// Requests may ask about the numbers until Drop returns, and about items
	// that have them for a moment longer: they get any finite answer. Other
	// models drop meanwhile, but nothing is folded.
	Drop(*feed.Gone)
	Snapshotter
}

// Snapshotter writes its whole state and reads it back, exactly.
type Snapshotter interface {
	WriteSnapshot(w io.Writer) error
	ReadSnapshot(r io.Reader) error
}

// Trainer learns from what readers choose; it is told of a signal before the
// observers are, so that it can see the models as they were at the choice.
type Trainer interface {
	Name() string
	// Before tells of a signal's events, all of one reader. The observers may not
	// know yet of what came before it: settle tells them, and must be called before
	// they are asked anything.
	Before(signal []feed.Observation, settle func())
	// Forget erases what is kept of a reader by name.
	Forget(feed.UserID)
	// Drop erases what is kept under numbers that the catalogue has dropped.
	Drop(*feed.Gone)
	Snapshotter
}

// Models is one set of everything that is folded from the log.
type Models struct {
	Catalog   *catalog.Catalog
	Observers []Observer
	Trainer   Trainer // may be nil
	// AtRest is called on the folding goroutine about once a second since the
	// log's end was first reached, between two stretches; it may be nil.
	AtRest func()
	// Forget is told of forgotten readers on the folding goroutine; it may be
	// nil.
	Forget func(feed.UserID)
}

// Learner writes changes and folds them. It is made by [Open].
type Learner struct {
	cfg   Config
	store Store
	// sharing is the store, if several processes share it, else nil.
	sharing store.Sharing
	models  Models
	log     *slog.Logger
	signal  []feed.Observation // of the signal being folded
	untold  []feed.Observation // folded, but the observers were not told yet
	ahead   []feed.Observation // of entries to be folded next

	ready    atomic.Bool
	folded   atomic.Uint64 // entries folded since the start
	snapshot snapshotState
	late     *outage.Reporter // of writes that wait for the fold in vain

	mu   sync.Mutex
	at   feed.Position // everything up to here is folded
	more chan struct{} // closed and replaced whenever at advances
}

// ErrLost is what Run returns when the log no longer holds the place up to which
// it was folded: what the models hold may differ from what the log says. A new
// Learner has to be opened.
var ErrLost = errors.New("the log does not hold what was folded last")

// Ready reports whether the log as it was when Run began is folded.
func (l *Learner) Ready() bool { return l.ready.Load() }

// Folded returns how many entries were folded since the start.
func (l *Learner) Folded() uint64 { return l.folded.Load() }

// Models returns the models in use.
func (l *Learner) Models() Models { return l.models }

// Run folds the log until ctx ends, then writes a last snapshot. It returns
// nil when ctx ended, else the error that made it give up, such as [ErrLost].
func (l *Learner) Run(ctx context.Context) error {
	l.snapshot.timer = time.NewTimer(l.snapshotPeriod())
	defer l.snapshot.timer.Stop()
	backoff := newBackoff()
	folding := outage.New(l.log, slog.LevelError, "folding the log")
	var resting <-chan time.Time // nil where nothing is to be done at rest
	if l.models.AtRest != nil {
		timer := time.NewTicker(restEvery)
		defer timer.Stop()
		resting = timer.C
	}
	for ctx.Err() == nil {
		n, err := l.Fold(ctx)
		if err == nil && n < l.cfg.Stretch { // the log's end was seen
			l.ready.Store(true)
		}
		if err == nil && l.ready.Load() {
			select {
			case <-resting:
				l.models.AtRest()
			default:
			}
		}
		if err == nil && n == 0 {
			l.maybeSnapshot(ctx)
			err = l.waitLog(ctx)
		}
		if err == nil {
			backoff.reset()
			folding.Done()
			if n > 0 {
				l.maybeSnapshot(ctx)
			}
		}
		if errors.Is(err, ErrLost) && ctx.Err() == nil {
			l.ready.Store(false)
			l.endSaving()
			return err
		}
		if err != nil && ctx.Err() == nil {
			folding.Failed(err)
			backoff.wait(ctx)
		}
	}
	if l.ready.Load() || l.snapshot.saving != nil {
		if err := l.Snapshot(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("last snapshot: %w", err)
		}
	}
	return nil
}

// restEvery is how often what is to be done at rest is looked for.
const restEvery = time.Second

// waitLog waits for more of the log, or until it is time to look whether a
// snapshot is due, or there is anything else to do at rest.
func (l *Learner) waitLog(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(restEvery, l.cfg.SnapshotEvery))
	defer cancel()
	err := l.store.WaitLog(ctx, l.position())
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Fold folds the next stretch of the log and returns how many entries it held.
// Only one goroutine may call it, Run or a test.
func (l *Learner) Fold(ctx context.Context) (int, error) {
	entries, next, err := l.store.ReadLog(ctx, l.position(), l.cfg.Stretch)
	if feed.KindOf(err) == feed.Invalid {
		return 0, fmt.Errorf("%w: %w", ErrLost, err)
	}
	if err != nil {
		return 0, err
	}
	for i := range entries {
		if i%entriesAhead == 0 {
			l.lookAhead(entries[i:min(i+entriesAhead, len(entries))])
		}
		l.fold(&entries[i])
		l.sweep()
	}
	l.tell()
	if next != l.position() {
		l.snapshot.folded(next)
		l.folded.Add(uint64(len(entries)))
		l.advance(next)
		return max(len(entries), 1), nil
	}
	return 0, nil
}

func (l *Learner) fold(e *feed.Entry) {
	m := &l.models
	if e.Signal == nil {
		l.tell()
	}
	switch {
	case e.Article != nil:
		it := m.Catalog.Put(e.Article)
		for _, o := range m.Observers {
			o.ObserveItem(it)
		}
	case e.Withdrawn != 0:
		if it := m.Catalog.Withdraw(e.Withdrawn); it != nil {
			for _, o := range m.Observers {
				o.ObserveItem(it)
			}
		}
	case e.Signal != nil:
		l.foldSignal(e.Signal)
	case e.Forgotten != "":
		if m.Trainer != nil {
			m.Trainer.Forget(e.Forgotten)
		}
		for _, o := range m.Observers {
			o.Forget(e.Forgotten)
		}
		if m.Forget != nil {
			m.Forget(e.Forgotten)
		}
		l.snapshot.forgot()
	}
}

func (l *Learner) foldSignal(signal *feed.Signal) {
	m := &l.models
	l.signal = l.signal[:0]
	for i := range signal.Events {
		ev := &signal.Events[i]
		l.signal = append(l.signal, feed.Observation{Event: ev, Item: m.Catalog.Ensure(ev.Article, ev.Time), Value: l.cfg.Values.Of(ev)})
	}
	if m.Trainer != nil {
		m.Trainer.Before(l.signal, l.tell)
	}
	l.untold = append(l.untold, l.signal...)
	if len(l.untold) >= together {
		l.tell()
	}
}

// sweep keeps the catalogue within its bound, between two entries, so that no
// number is dropped while an entry is folded under it. The fold waits for all
// models, which know nothing of each other and so may forget side by side.
func (l *Learner) sweep() {
	m := &l.models
	gone := m.Catalog.Sweep()
	if gone == nil {
		return
	}
	l.tell()
	var dropping sync.WaitGroup
	if m.Trainer != nil {
		dropping.Go(func() { m.Trainer.Drop(gone) })
	}
	for _, o := range m.Observers {
		dropping.Go(func() { o.Drop(gone) })
	}
	dropping.Wait()
}

func (l *Learner) position() feed.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at
}

func (l *Learner) advance(at feed.Position) {
	l.mu.Lock()
	l.at = at
	close(l.more)
	l.more = make(chan struct{})
	l.mu.Unlock()
}

// await returns whether everything up to want is folded, at the latest after
// AwaitTimeout or when ctx ends. What is awaited is durable already.
func (l *Learner) await(ctx context.Context, want feed.Position) bool {
	var timeout <-chan time.Time
	for {
		l.mu.Lock()
		at, more := l.at, l.more
		l.mu.Unlock()
		if l.store.Covers(at, want) {
			l.late.Done()
			return true
		}
		if timeout == nil {
			t := time.NewTimer(l.cfg.AwaitTimeout)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-more:
		case <-ctx.Done():
			return false
		case <-timeout:
			l.late.Failed(fmt.Errorf("it takes more than %v", l.cfg.AwaitTimeout))
			return false
		}
	}
}

// Package importer sends articles and events from JSON lines to a running
// server, through the same API as everyone else.
//
// It promises that an import may be run again, after any interruption, without
// counting an event twice: an event without event_id gets one that is derived
// from what it says and from how many equal rows came before it. It promises
// the order of what matters: a reader's events arrive in the order of the
// files, and no event overtakes an article that stands before it. Between
// readers, events of a few batches mix. A bad row is reported with its place
// and never stops the others.
//
// It trades memory for that: some 30 bytes an event, to tell equal rows apart.
// It is not for events as they happen; a backend calls Behavior.Record for
// those.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"readnext/rpc/reco/v1"
)

// Input is a file of JSON lines.
type Input struct {
	Name   string // for messages
	Reader io.Reader
}

// Run imports the inputs one after the other and calls progress, if it is not
// nil, after each batch, never twice at the same time, and a last time at the
// end.
//
// The error says why the import stopped before its end: a bad configuration, a
// file that cannot be read, ctx's error, an answer that no retry can change, or
// a server that stayed away longer than [Config.GiveUp]. The summary holds for
// what was done until then, whatever the error.
func Run(ctx context.Context, cfg Config, files []Input, progress func(Progress)) (Summary, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return Summary{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		cfg: cfg, cancel: cancel,
		calls:    newCaller(&cfg),
		tally:    newTally(files, progress),
		ids:      occurrences{},
		articles: make(chan *articleBatch, 1),
	}
	start := cfg.Now()
	var senders sync.WaitGroup
	senders.Go(func() { r.sendArticles(ctx) })
	for range cfg.InFlight {
		s := &shard{queue: make(chan *eventBatch, 1)}
		r.shards = append(r.shards, s)
		senders.Go(func() { r.sendEvents(ctx, s) })
	}
	err := r.read(ctx, files)
	close(r.articles)
	for _, s := range r.shards {
		close(s.queue)
	}
	senders.Wait()

	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	sum := r.tally.finish(cfg.Now().Sub(start))
	if err != nil {
		err = fmt.Errorf("import stopped with %d of %d rows read answered: %w; "+
			"run it again from the start: nothing counts twice", sum.Answered(), sum.Rows, err)
	}
	return sum, err
}

// run is one import. Only the goroutine that reads touches what is open.
type run struct {
	cfg    Config
	cancel context.CancelCauseFunc
	calls  *caller
	tally  *tally
	ids    occurrences

	open     *articleBatch
	pending  sync.WaitGroup // article batches not answered yet
	articles chan *articleBatch
	shards   []*shard
}

// shard sends the events of some of the readers, in order.
type shard struct {
	open  *eventBatch
	queue chan *eventBatch
}

// read turns rows into batches until the end of the last file.
func (r *run) read(ctx context.Context, files []Input) error {
	for i, f := range files {
		lines := newLines(f.Reader)
		for {
			row, err := lines.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil && !errors.Is(err, errLongRow) {
				return fmt.Errorf("%s:%d: %w", f.Name, lines.number, err)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			at := place{file: i, line: lines.number, bytes: lines.size}
			switch {
			case err != nil:
				r.tally.unreadable(at, err)
			case len(row) == 0:
				r.tally.skip(at)
			default:
				if err := r.add(ctx, row, at); err != nil {
					return err
				}
			}
		}
	}
	if err := r.flushArticles(ctx); err != nil {
		return err
	}
	for _, s := range r.shards {
		if err := r.flushEvents(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// add puts one row into its batch; the error is ctx's.
func (r *run) add(ctx context.Context, line []byte, at place) error {
	row, err := DecodeRow(line)
	if err == nil {
		err = row.fit(r.cfg.BatchBytes)
	}
	if err != nil {
		r.tally.unreadable(at, err)
		return nil
	}
	r.tally.row()
	if row.Article != nil {
		if r.open != nil && r.open.full(row.size, &r.cfg) {
			if err := r.flushArticles(ctx); err != nil {
				return err
			}
		}
		if r.open == nil {
			r.open = &articleBatch{}
		}
		r.open.add(row.size, at)
		r.open.request.Articles = append(r.open.request.Articles, row.Article)
		return nil
	}
	key := r.ids.name(row.Event)
	s := r.shards[key%uint64(len(r.shards))]
	if s.open != nil && s.open.full(row.eventSize(), &r.cfg) {
		if err := r.flushEvents(ctx, s); err != nil {
			return err
		}
	}
	if s.open == nil {
		s.open = &eventBatch{}
	}
	s.open.add(row.eventSize(), at)
	s.open.request.Events = append(s.open.request.Events, row.Event)
	return nil
}

// flushArticles hands the open articles to their sender.
func (r *run) flushArticles(ctx context.Context) error {
	if r.open == nil {
		return nil
	}
	r.pending.Add(1)
	select {
	case r.articles <- r.open:
		r.open = nil
		return nil
	case <-ctx.Done():
		r.pending.Done()
		return ctx.Err()
	}
}

// flushEvents hands a shard's open events to its sender, once every article
// before them is in.
func (r *run) flushEvents(ctx context.Context, s *shard) error {
	if s.open == nil {
		return nil
	}
	if err := r.flushArticles(ctx); err != nil {
		return err
	}
	r.pending.Wait()
	select {
	case s.queue <- s.open:
		s.open = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sendArticles sends what is queued until the queue is closed. After a failure
// it drops the rest, so that nobody waits for it.
func (r *run) sendArticles(ctx context.Context) {
	for b := range r.articles {
		var answer *recov1.PutArticlesResponse
		err := r.calls.retry(ctx, func(ctx context.Context) (err error) {
			answer, err = r.calls.catalog.PutArticles(ctx, &b.request)
			return err
		})
		if err != nil {
			r.cancel(fmt.Errorf("putting articles from %s on: %w", r.tally.at(b.rows[0]), err))
		} else {
			r.tally.articles(&b.batch, answer)
		}
		r.pending.Done()
	}
}

// sendEvents is sendArticles for a shard's events.
func (r *run) sendEvents(ctx context.Context, s *shard) {
	for b := range s.queue {
		var answer *recov1.RecordResponse
		err := r.calls.retry(ctx, func(ctx context.Context) (err error) {
			answer, err = r.calls.behavior.Record(ctx, &b.request)
			return err
		})
		if err != nil {
			r.cancel(fmt.Errorf("recording events from %s on: %w", r.tally.at(b.rows[0]), err))
		} else {
			r.tally.events(&b.batch, answer)
		}
	}
}

// Package move copies an installation's whole state from one store into another:
// signing keys, articles, what is kept of readers, the log, and a snapshot of the
// models. It promises that what it reports as equal was read from both stores
// after the copy, and that a copy that broke off, or was killed, goes on where it
// was. Not for backups: a store's own are faster.
//
// The log of the target begins with what [store.Log] gives from the beginning
// of the source: of a log that was trimmed, the catalogue and what is left. The
// snapshot knows the rest.
//
// Memory holds some hundred records, and the snapshot; a Redis to copy from adds
// the ids of its readers.
package move

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Store is what a copy needs of both stores.
type Store interface {
	store.Store
	store.Moving
}

// ErrDiffers is wrapped by the error of a copy that is not what its source is.
var ErrDiffers = errors.New("the copy differs from its source")

// Progress is how far a copy is.
type Progress struct {
	Doing string // what is read at present
	Rows  uint64 // of that
}

// Report says what was done.
type Report struct {
	Resumed  bool
	Rows     uint64        // copied by this run
	Took     time.Duration // for copying them
	Sums     []Compared
	Checked  time.Duration // comparing took
	Snapshot int           // bytes of the snapshot that came along, 0 if none did
}

// note is what the target keeps of how far the copy is.
type note struct {
	Source   uint64         // the installation copied from
	Articles feed.ArticleID // are copied up to here
	Catalog  bool           // all of them are
	Mark     []byte         // facts are copied up to here
	Facts    bool           // all of them are
	Entries  uint64         // of the log that are copied
	Position []byte         // the source's after them
}

type mover struct {
	from, to Store
	progress func(Progress)
	note     note
	report   Report
}

// Run copies from one store to another, which is empty or holds an unfinished
// copy of the same source, and compares the two. Progress is told now and then;
// it may be nil.
func Run(ctx context.Context, from, to Store, progress func(Progress)) (*Report, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	m := &mover{from: from, to: to, progress: progress}
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	start := time.Now()
	for _, step := range []func(context.Context) error{m.articles, m.facts, m.log} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	m.report.Took = time.Since(start)
	start = time.Now()
	if err := m.compare(ctx); err != nil {
		return &m.report, err
	}
	m.report.Checked = time.Since(start)
	if err := m.snapshot(ctx); err != nil {
		return &m.report, err
	}
	if err := m.still(ctx); err != nil {
		return &m.report, err
	}
	if err := to.EndMove(ctx); err != nil {
		return &m.report, fmt.Errorf("target: %w", err)
	}
	return &m.report, nil
}

// begin finds out where to go on, and copies the signing keys.
func (m *mover) begin(ctx context.Context) error {
	keys, err := m.from.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	source := installation(keys)
	text, err := m.to.BeginMove(ctx)
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &m.note); err != nil {
			return fmt.Errorf("target: how far the copy is cannot be read: %w", err)
		}
		if m.note.Source != source {
			return errors.New("target: it holds an unfinished copy of another installation; empty it first")
		}
		m.report.Resumed = true
	}
	m.note.Source = source
	if err := m.keep(ctx); err != nil {
		return err
	}
	if err := m.to.TakeKeys(ctx, keys); err != nil {
		return fmt.Errorf("target: %w", err)
	}
	m.count("signing keys", len(keys), uint64(len(keys)))
	return nil
}

// installation tells installations apart by their oldest key, which no address
// changes.
func installation(keys []feed.SigningKey) uint64 {
	if len(keys) == 0 {
		return 0
	}
	return xxhash.Sum64(store.AppendSigningKey(nil, &keys[0]))
}

// keep has the target note how far the copy is.
func (m *mover) keep(ctx context.Context) error {
	text, err := json.Marshal(m.note)
	if err == nil {
		err = m.to.NoteMove(ctx, string(text))
	}
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}

func (m *mover) count(doing string, n int, total uint64) {
	m.report.Rows += uint64(n)
	m.progress(Progress{doing, total})
}

// Sizes of what is held in memory at a time.
const (
	articleChunk = 500
	entryChunk   = 1000
	factChunk    = 1000
	noteEvery    = 5 // chunks
)

func (m *mover) articles(ctx context.Context) error {
	total := uint64(0)
	for chunks := 1; !m.note.Catalog; chunks++ {
		articles, err := m.from.ListArticles(ctx, m.note.Articles, articleChunk)
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		if n := len(articles); n > 0 {
			if err := m.to.TakeArticles(ctx, articles); err != nil {
				return fmt.Errorf("target: %w", err)
			}
			m.note.Articles = articles[n-1].ID
			total += uint64(n)
			m.count("articles", n, total)
		} else {
			m.note.Catalog = true
		}
		if m.note.Catalog || chunks%noteEvery == 0 {
			if err := m.keep(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *mover) facts(ctx context.Context) error {
	if m.note.Facts {
		return nil
	}
	var facts []store.Fact
	total, chunks := uint64(0), 0
	flush := func() error {
		if err := m.to.TakeFacts(ctx, facts); err != nil {
			return fmt.Errorf("target: %w", err)
		}
		total += uint64(len(facts))
		m.count("facts of readers", len(facts), total)
		clear(facts)
		facts = facts[:0]
		if chunks++; m.note.Facts || chunks%noteEvery == 0 {
			return m.keep(ctx)
		}
		return nil
	}
	err := m.from.ReadFacts(ctx, string(m.note.Mark), func(f *store.Fact, mark string) error {
		facts = append(facts, *f)
		m.note.Mark = []byte(mark)
		if len(facts) < factChunk {
			return nil
		}
		return flush()
	})
	if err != nil {
		return fmt.Errorf("reading what is kept of readers: %w", err)
	}
	m.note.Facts = true
	return flush()
}

func (m *mover) log(ctx context.Context) error {
	for chunks := 1; ; chunks++ {
		at := feed.Position(m.note.Position)
		entries, next, err := m.from.ReadLog(ctx, at, entryChunk)
		if feed.KindOf(err) == feed.Invalid {
			return fmt.Errorf("source: its log has lost the place up to which it was copied; empty the target and begin again: %w", err)
		}
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		end := len(entries) == 0 && next == at
		if err := m.to.TakeLog(ctx, m.note.Entries+1, entries); err != nil {
			return fmt.Errorf("target: %w", err)
		}
		m.note.Entries += uint64(len(entries))
		m.note.Position = []byte(next)
		m.count("log entries", len(entries), m.note.Entries)
		if end || chunks%noteEvery == 0 {
			if err := m.keep(ctx); err != nil || end {
				return err
			}
		}
	}
}

// Sum is how many records there are of a kind, and a checksum of all: of the
// log in its order, of everything else in any, which is the sum of the records'.
type Sum struct{ Count, Check uint64 }

func (s *Sum) add(b []byte) {
	s.Count++
	s.Check += xxhash.Sum64(b)
}

// follow adds a record that has its place after those before.
func (s *Sum) follow(b []byte) {
	s.Count++
	s.Check = xxhash.Sum64(binary.LittleEndian.AppendUint64(b, s.Check))
}

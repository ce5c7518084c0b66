package proof

import (
	"sync"
	"time"

	recov1 "readnext/rpc/reco/v1"
)

// Ledger is everything that a server acknowledged. It is safe for concurrent
// use.
type Ledger struct {
	mu       sync.Mutex
	articles []acked[int64]
	events   []acked[*recov1.Event]
	signals  []acked[*recov1.Signal]
	pages    []Served
	gone     map[int64]time.Time  // withdrawn articles: when that was acknowledged, zero if it was not
	forgot   map[string]time.Time // readers forgotten
}

// acked is what was acknowledged, and when.
type acked[T any] struct {
	what T
	at   time.Time
}

// Served is a page that was answered.
type Served struct {
	User    string
	Channel int32
	Answer  *recov1.ArticleResponse
	At      time.Time
}

func (l *Ledger) article(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.articles = append(l.articles, acked[int64]{id, time.Now()})
}

func (l *Ledger) event(e *recov1.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, acked[*recov1.Event]{e, time.Now()})
}

func (l *Ledger) signal(s *recov1.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.signals = append(l.signals, acked[*recov1.Signal]{s, time.Now()})
}

// withdrawn notes a withdrawal, first as asked for, then as acknowledged.
func (l *Ledger) withdrawn(id int64, acknowledged bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = map[int64]time.Time{}
	}
	l.gone[id] = time.Time{}
	if acknowledged {
		l.gone[id] = time.Now()
	}
}

// goneFor is for how long before at an article had been withdrawn, 0 if it had
// not.
func (l *Ledger) goneFor(id int64, at time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if since := l.gone[id]; !since.IsZero() {
		return max(0, at.Sub(since))
	}
	return 0
}

func (l *Ledger) forgotten(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.forgot == nil {
		l.forgot = map[string]time.Time{}
	}
	l.forgot[user] = time.Now()
}

func (l *Ledger) page(s Served) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.At = time.Now()
	l.pages = append(l.pages, s)
}

// Counts says how much is in the ledger.
type Counts struct{ Articles, Events, Signals, Pages, Withdrawn, Forgotten int }

// Counts counts.
func (l *Ledger) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Counts{len(l.articles), len(l.events), len(l.signals), len(l.pages), len(l.gone), len(l.forgot)}
}

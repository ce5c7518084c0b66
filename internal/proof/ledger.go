package proof

import (
	"sync"

	recov1 "readnext/rpc/reco/v1"
)

// Ledger is everything that a server acknowledged. It is safe for concurrent
// use.
type Ledger struct {
	mu       sync.Mutex
	articles []int64
	events   []*recov1.Event
	signals  []*recov1.Signal
	pages    []Served
	gone     map[int64]bool  // articles: whether their withdrawal was acknowledged
	forgot   map[string]bool // readers forgotten
}

// Served is a page that was answered.
type Served struct {
	User    string
	Channel int32
	Answer  *recov1.ArticleResponse
}

func (l *Ledger) article(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.articles = append(l.articles, id)
}

func (l *Ledger) event(e *recov1.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *Ledger) signal(s *recov1.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.signals = append(l.signals, s)
}

// withdrawn notes a withdrawal, first as asked for, then as acknowledged.
func (l *Ledger) withdrawn(id int64, acknowledged bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone = map[int64]bool{}
	}
	l.gone[id] = acknowledged
}

func (l *Ledger) forgotten(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.forgot == nil {
		l.forgot = map[string]bool{}
	}
	l.forgot[user] = true
}

func (l *Ledger) page(s Served) {
	l.mu.Lock()
	defer l.mu.Unlock()
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

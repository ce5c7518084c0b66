package importer

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"readnext/rpc/reco/v1"
)

// maxReasons is how many bad rows a summary names.
const maxReasons = 20

// Summary is what an import came to. A row is counted under one of articles,
// events or unreadable once it was answered; blank lines are not rows.
type Summary struct {
	Rows     int64 // read
	Articles struct{ Created, Updated, Rejected int64 }
	Events   struct{ Accepted, Duplicate, Rejected int64 }
	// Unreadable counts rows that were not sent: no JSON, too long, ...
	Unreadable int64
	// Reasons holds the first of the rejected and unreadable rows, at most
	// 20, in the order of the files.
	Reasons []Reason
	Bytes   int64 // of the rows that were answered or skipped
	Elapsed time.Duration
}

// Reason is why a row was not taken.
type Reason struct {
	File string
	Line int64 // from 1
	Text string

	file int // File's number among the inputs
}

func (r Reason) String() string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Text) }

// Rejected returns how many rows were not taken, for whatever reason.
func (s *Summary) Rejected() int64 {
	return s.Articles.Rejected + s.Events.Rejected + s.Unreadable
}

// Answered returns how many rows are known to be in or not to be taken.
func (s *Summary) Answered() int64 {
	return s.Articles.Created + s.Articles.Updated + s.Events.Accepted + s.Events.Duplicate + s.Rejected()
}

// Print writes a report for people.
func (s *Summary) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "rows      %d in %v, %s\n", s.Rows, s.Elapsed.Round(time.Millisecond), s.rates())
	fmt.Fprintf(&b, "articles  %d created, %d updated, %d rejected\n",
		s.Articles.Created, s.Articles.Updated, s.Articles.Rejected)
	fmt.Fprintf(&b, "events    %d accepted, %d duplicate, %d rejected\n",
		s.Events.Accepted, s.Events.Duplicate, s.Events.Rejected)
	if s.Unreadable > 0 {
		fmt.Fprintf(&b, "unreadable %d\n", s.Unreadable)
	}
	if open := s.Rows - s.Answered(); open > 0 {
		fmt.Fprintf(&b, "unanswered %d\n", open)
	}
	for _, r := range s.Reasons {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	if more := s.Rejected() - int64(len(s.Reasons)); more > 0 {
		fmt.Fprintf(&b, "  and %d more; %d rows were not taken in all\n", more, s.Rejected())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Summary) rates() string {
	sec := s.Elapsed.Seconds()
	if sec <= 0 {
		return "at once"
	}
	return fmt.Sprintf("%.0f rows/s, %.1f MB/s", float64(s.Answered())/sec, float64(s.Bytes)/1e6/sec)
}

// tally keeps the summary while an import runs.
type tally struct {
	files    []Input
	progress func(Progress)

	mu  sync.Mutex // guards sum and calls of progress
	sum Summary
}

func newTally(files []Input, progress func(Progress)) *tally {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &tally{files: files, progress: progress}
}

// at writes a place as file:line.
func (t *tally) at(p place) string { return fmt.Sprintf("%s:%d", t.files[p.file].Name, p.line) }

// row counts a row that is going to be sent.
func (t *tally) row() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Rows++
}

// skip counts a line that is no row.
func (t *tally) skip(p place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Bytes += p.bytes
}

// unreadable counts a row that is not going to be sent.
func (t *tally) unreadable(p place, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Rows++
	t.sum.Unreadable++
	t.sum.Bytes += p.bytes
	t.reasonLocked(p, err.Error())
}

func (t *tally) articles(b *batch, a *recov1.PutArticlesResponse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Articles.Created += int64(a.Created)
	t.sum.Articles.Updated += int64(a.Updated)
	t.sum.Articles.Rejected += int64(len(a.Rejected))
	t.answeredLocked(b, a.Rejected)
}

func (t *tally) events(b *batch, a *recov1.RecordResponse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Events.Accepted += int64(a.Accepted)
	t.sum.Events.Duplicate += int64(a.Duplicate)
	t.sum.Events.Rejected += int64(len(a.Rejected))
	t.answeredLocked(b, a.Rejected)
}

func (t *tally) answeredLocked(b *batch, rejected []*recov1.RejectedRow) {
	for _, p := range b.rows {
		t.sum.Bytes += p.bytes
	}
	for _, r := range rejected {
		if i := int(r.Index); i >= 0 && i < len(b.rows) {
			t.reasonLocked(b.rows[i], printable(r.Reason))
		}
	}
	t.progress(progressOf(&t.sum, false))
}

// reasonLocked keeps the first reasons in the order of the files, in whatever
// order the answers come.
func (t *tally) reasonLocked(p place, text string) {
	i, _ := slices.BinarySearchFunc(t.sum.Reasons, p, func(r Reason, p place) int {
		if r.file != p.file {
			return r.file - p.file
		}
		return int(r.Line - p.line)
	})
	if i < maxReasons {
		r := Reason{File: t.files[p.file].Name, Line: p.line, Text: text, file: p.file}
		t.sum.Reasons = slices.Insert(t.sum.Reasons, i, r)
		t.sum.Reasons = t.sum.Reasons[:min(len(t.sum.Reasons), maxReasons)]
	}
}

func (t *tally) finish(elapsed time.Duration) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Elapsed = elapsed
	t.progress(progressOf(&t.sum, true))
	return t.sum
}

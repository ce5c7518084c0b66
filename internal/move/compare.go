package move

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"readnext/internal/feed"
	"readnext/internal/store"
)

// Compared is what both stores hold of a kind.
type Compared struct {
	What           string
	Source, Target Sum
}

// Equal reports whether it is the same.
func (c *Compared) Equal() bool { return c.Source == c.Target }

// kinds are in the order of sums.
var kinds = [...]string{"signing keys", "articles", "histories of readers", "pages", "marks of signals", "log entries"}

type sums [len(kinds)]Sum

const (
	ofKeys = iota
	ofArticles
	ofHistories
	ofPages
	ofMarks
	ofLog
)

// compare reads both stores from the beginning. If they differ, the next run
// copies what does not grow at its end anew.
func (m *mover) compare(ctx context.Context) error {
	source, err := m.sums(ctx, m.from, "checking the source")
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	target, err := m.sums(ctx, m.to, "checking the target")
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	var differ []string
	for i, what := range kinds {
		c := Compared{what, source[i], target[i]}
		m.report.Sums = append(m.report.Sums, c)
		if !c.Equal() {
			differ = append(differ, what)
		}
	}
	if differ == nil {
		return nil
	}
	return m.differs(ctx, strings.Join(differ, ", "))
}

// still finds out whether the source's log has grown since it was copied.
func (m *mover) still(ctx context.Context) error {
	at := feed.Position(m.note.Position)
	_, next, err := m.from.ReadLog(ctx, at, 1)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if next != at {
		return m.differs(ctx, "log entries that came meanwhile")
	}
	return nil
}

// differs has the next run copy anew what does not only grow at its end.
func (m *mover) differs(ctx context.Context, in string) error {
	m.note.Articles, m.note.Catalog, m.note.Mark, m.note.Facts = 0, false, nil, false
	if err := m.keep(ctx); err != nil {
		return err
	}
	return fmt.Errorf("%w in %s: if anybody used the source meanwhile, stop that and run the copy again; "+
		"if that does not help, empty the target first", ErrDiffers, in)
}

func (m *mover) sums(ctx context.Context, st Store, doing string) (s sums, err error) {
	rows, b := uint64(0), []byte(nil)
	one := func() {
		if rows++; rows%entryChunk == 0 {
			m.progress(Progress{doing, rows})
		}
	}
	keys, err := st.SigningKeys(ctx)
	if err != nil {
		return s, err
	}
	for i := range keys {
		s[ofKeys].add(store.AppendSigningKey(nil, &keys[i]))
	}
	for after := feed.ArticleID(0); ; {
		articles, err := st.ListArticles(ctx, after, articleChunk)
		if err != nil {
			return s, err
		}
		if len(articles) == 0 {
			break
		}
		for i := range articles {
			b = store.AppendArticle(b[:0], &articles[i])
			s[ofArticles].add(b)
			one()
		}
		after = articles[len(articles)-1].ID
	}
	err = st.ReadFacts(ctx, "", func(f *store.Fact, _ string) error {
		b = store.AppendFact(b[:0], f)
		s[kindOf(f)].add(b)
		one()
		return nil
	})
	if err != nil {
		return s, err
	}
	for at := feed.Position(""); ; {
		entries, next, err := st.ReadLog(ctx, at, entryChunk)
		if err != nil {
			return s, err
		}
		for i := range entries {
			b = store.AppendEntry(b[:0], &entries[i])
			s[ofLog].follow(b)
			one()
		}
		if len(entries) == 0 && next == at {
			return s, nil
		}
		at = next
	}
}

func kindOf(f *store.Fact) int {
	switch {
	case f.History != nil:
		return ofHistories
	case f.Page != nil:
		return ofPages
	}
	return ofMarks
}

// Print writes what was compared as a table, and how long it all took.
func (r *Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tsource\tchecksum\ttarget\tchecksum\t")
	for i := range r.Sums {
		c := &r.Sums[i]
		verdict := "equal"
		if !c.Equal() {
			verdict = "DIFFERENT"
		}
		fmt.Fprintf(t, "%s\t%d\t%016x\t%d\t%016x\t%s\n", c.What, c.Source.Count, c.Source.Check, c.Target.Count, c.Target.Check, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	resumed := ""
	if r.Resumed {
		resumed = ", after what an earlier run had copied"
	}
	_, err := fmt.Fprintf(w, "%d rows copied in %.1f s, %.0f a second%s; compared in %.1f s\n",
		r.Rows, r.Took.Seconds(), float64(r.Rows)/max(r.Took.Seconds(), 1e-3), resumed, r.Checked.Seconds())
	return err
}

package factor

import (
	"slices"

	"readnext/internal/feed"
)

// Drop erases articles from what is remembered, from finished fits and from
// those under way, which begin anew.
func (m *Model) Drop(gone *feed.Gone) {
	m.state.Lock()
	defer m.state.Unlock()
	m.readers.drop(gone)
	m.changes++
	m.refit.end() // the next is begun when the log rests
	m.refit = nil
	if in := m.pending.held(); in != nil && slices.ContainsFunc(in.ords, gone.Has) {
		m.pending.end()
		m.pending = m.start(in.drop(gone), false, false)
	}
	settled := m.settled.Load().drop(gone)
	if m.serving.Load() == m.settled.Load() {
		m.serving.Store(settled)
	} else {
		m.serving.Store(m.serving.Load().drop(gone))
	}
	m.settled.Store(settled)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, ord := range gone.Ords {
		if int(ord) < len(m.articles) {
			m.articles[ord] = article{}
		}
	}
}

// drop takes articles from all readers; one without any left is forgotten.
func (r *readers) drop(gone *feed.Gone) {
	for _, who := range r.keys.All {
		had := len(r.ords[who])
		r.ords[who] = slices.DeleteFunc(r.ords[who], gone.Has)
		r.total -= had - len(r.ords[who])
		if len(r.ords[who]) == 0 {
			r.erase(who)
		}
	}
}

// renumbered returns the articles that are left, and their numbers by those
// they had, or none.
func renumbered(ords []feed.Ord, gone *feed.Gone) (left []feed.Ord, number []int32) {
	number = make([]int32, len(ords))
	for i, ord := range ords {
		number[i] = none
		if !gone.Has(ord) {
			number[i] = int32(len(left))
			left = append(left, ord)
		}
	}
	return left, number
}

// drop returns the input without some articles.
func (in *input) drop(gone *feed.Gone) *input {
	ords, number := renumbered(in.ords, gone)
	out := &input{at: in.at, ords: ords, start: []int32{0}}
	for u := range in.rows() {
		begin := len(out.items)
		for _, i := range in.row(u) {
			if j := number[i]; j != none {
				out.items = append(out.items, j)
			}
		}
		if len(out.items) == begin {
			continue
		}
		out.keys = append(out.keys, in.keys[u])
		out.start = append(out.start, int32(len(out.items)))
	}
	return out
}

// drop returns the view without some articles.
func (v *view) drop(gone *feed.Gone) *view {
	if !slices.ContainsFunc(v.ords, gone.Has) {
		return v
	}
	ords, number := renumbered(v.ords, gone)
	rows := make([][]edge, len(ords))
	for i := range v.ords {
		if number[i] == none {
			continue
		}
		to, weights := v.row(int32(i))
		for k, j := range to {
			if number[j] != none {
				rows[number[i]] = append(rows[number[i]], edge{number[j], weights[k]})
			}
		}
	}
	return newView(v.at, ords, rows)
}

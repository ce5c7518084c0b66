package train

import (
	"slices"

	"readnext/internal/feed"
)

// Drop forgets what readers did to articles that are gone, readers who did
// nothing else included, and the articles' places on pages: what was chosen in
// spite of them was chosen among the others. A page that is left with less than
// a choice is forgotten.
func (t *Trainer) Drop(gone *feed.Gone) {
	if len(gone.Ords) == 0 {
		return
	}
	t.readers.drop(gone)
	t.pages.drop(gone)
	t.count()
}

func (r *readers) drop(gone *feed.Gone) {
	for _, who := range r.keys.All {
		r.acts[who] = slices.DeleteFunc(r.acts[who], func(a act) bool { return gone.Has(a.ord) })
		if len(r.acts[who]) == 0 {
			r.erase(who)
		}
	}
}

func (p *pages) drop(gone *feed.Gone) {
	for _, pg := range p.ring {
		if len(pg.places) == 0 {
			continue
		}
		pg.places = slices.DeleteFunc(pg.places, func(pl place) bool { return gone.Has(pl.ord) })
		if len(pg.places) < 2 {
			p.void(pg)
		}
	}
}

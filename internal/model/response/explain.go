package response

import "readnext/internal/feed"

// Explain says what speaks for an article: that those who see it click it more
// than is expected, or the reader's taste for a tag of it or for its author.
// lift says what each feature adds to its score beyond what it adds to others';
// the one with the highest lift that the features bear out is the reason.
func (m *Model) Explain(q *feed.Query, it *feed.Item, features []float32, lift []float64) (reason feed.Reason, ok bool) {
	most := 0.0
	consider := func(r feed.Reason, lift float64, borne bool) {
		if borne && lift > most {
			reason, most, ok = r, lift, true
		}
	}
	consider(feed.Reason{Kind: feed.ReasonClicked}, lift[1], features[1] > 0)
	if q.User == feed.Anonymous {
		return reason, ok
	}
	tag, liked := m.likedTag(q, it)
	consider(feed.Reason{Kind: feed.ReasonTag, Name: tag}, lift[3], liked)
	consider(feed.Reason{Kind: feed.ReasonAuthor, Name: it.Author}, lift[4], features[4] > 0)
	return reason, ok
}

// likedTag returns the tag of an article for which the reader's taste weighs most.
func (m *Model) likedTag(q *feed.Query, it *feed.Item) (tag feed.Name, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r := m.readers.of(readerKey(q.User))
	if r == nil {
		return 0, false
	}
	best := float32(0)
	for _, t := range it.Tags {
		if i, known := r.taste(t); known {
			if x := r.tastes[i].meanAt(q.Now, perMilli(&m.cfg.Taste)) * root(m.breadthLocked(t)); x > best {
				tag, best = t, x
			}
		}
	}
	return tag, best > 0
}

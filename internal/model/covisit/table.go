package covisit

import "readnext/internal/feed"

// table maps articles to numbers: a hash table with linear probing, at most
// half full.
type table struct {
	slots []pair
	shift uint
}

type pair struct {
	key   feed.Ord // Ord+1; 0: free
	value int32
}

// reset empties the table and makes room for n articles.
func (t *table) reset(n int) {
	bits := uint(4)
	for 1<<bits < 2*n {
		bits++
	}
	if cap(t.slots) < 1<<bits {
		t.slots = make([]pair, 1<<bits)
	} else {
		t.slots = t.slots[:1<<bits]
		clear(t.slots)
	}
	t.shift = 32 - bits
}

// put sets an article's number if it has none.
func (t *table) put(ord feed.Ord, value int32) {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(ord) * 0x9e3779b1 >> t.shift; ; i++ {
		switch p := &t.slots[i&mask]; p.key {
		case 0:
			*p = pair{ord + 1, value}
			return
		case ord + 1:
			return
		}
	}
}

func (t *table) get(ord feed.Ord) (int32, bool) {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(ord) * 0x9e3779b1 >> t.shift; ; i++ {
		switch p := t.slots[i&mask]; p.key {
		case 0:
			return 0, false
		case ord + 1:
			return p.value, true
		}
	}
}

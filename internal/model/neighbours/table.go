package neighbours

// table maps numbers that are not negative to numbers: a hash table with linear
// probing, at most three quarters full.
type table struct {
	slots []pair
	shift uint
}

type pair struct {
	key   int32 // plus 1; 0: free
	value int32
}

// reset empties the table and makes room for n keys.
func (t *table) reset(n int) {
	bits := uint(4)
	for 1<<bits < n+n/3 {
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

// find returns where a key's value is, valid until reset, and whether the key
// is new.
func (t *table) find(key int32) (value *int32, fresh bool) {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(key) * 0x9e3779b1 >> t.shift; ; i++ {
		p := &t.slots[i&mask]
		if p.key == key+1 {
			return &p.value, false
		}
		if p.key == 0 {
			p.key = key + 1
			return &p.value, true
		}
	}
}

// get returns a key's value.
func (t *table) get(key int32) (int32, bool) {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(key) * 0x9e3779b1 >> t.shift; ; i++ {
		p := t.slots[i&mask]
		if p.key == key+1 {
			return p.value, true
		}
		if p.key == 0 {
			return 0, false
		}
	}
}

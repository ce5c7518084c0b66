package affinity

// weights maps names or channels to weights, remembering the order in which
// they came: a list beside a hash table with linear probing, at most a quarter
// full, since most lookups find nothing and should find so at once.
type weights struct {
	list  []weight
	slots []slot
	shift uint
}

type weight struct {
	key uint32
	w   float64
}

type slot struct {
	key   uint32
	index int32 // in list, +1; 0: free
}

// reset empties the map and makes room for n keys.
func (m *weights) reset(n int) {
	bits := uint(4)
	for 1<<bits < 4*n {
		bits++
	}
	if cap(m.slots) < 1<<bits {
		m.slots = make([]slot, 1<<bits)
	} else {
		m.slots = m.slots[:1<<bits]
		clear(m.slots)
	}
	m.shift = 32 - bits
	m.list = m.list[:0]
}

// at returns the weight of a key, which is made if need be. The pointer is
// good until the next call.
func (m *weights) at(key uint32) *float64 {
	mask := uint32(len(m.slots) - 1)
	for i := key * 0x9e3779b1 >> m.shift; ; i++ {
		s := &m.slots[i&mask]
		if s.index == 0 {
			m.list = append(m.list, weight{key: key})
			*s = slot{key, int32(len(m.list))}
		}
		if s.key == key {
			return &m.list[s.index-1].w
		}
	}
}

// of returns the weight of a key, 0 if there is none.
func (m *weights) of(key uint32) float64 {
	mask := uint32(len(m.slots) - 1)
	for i := key * 0x9e3779b1 >> m.shift; ; i++ {
		switch s := m.slots[i&mask]; {
		case s.index == 0:
			return 0
		case s.key == key:
			return m.list[s.index-1].w
		}
	}
}

// total returns the sum of the weights' sizes.
func (m *weights) total() float64 {
	sum := 0.0
	for _, x := range m.list {
		sum += max(x.w, -x.w)
	}
	return sum
}

package affinity

// levels picks the lowest of many by counting, without sorting them.
type levels struct {
	list   []uint64 // level<<32 | Ord
	counts [levelCount]int32
	lowest []uint64
}

const levelCount = 1024

func (l *levels) reset() {
	l.list = l.list[:0]
	clear(l.counts[:])
}

func (l *levels) add(level int, ord uint32) {
	l.list = append(l.list, uint64(level)<<32|uint64(ord))
	l.counts[level]++
}

// pick returns those of the lowest levels, lowest first, in the order of adding
// within a level: at least n if there are as many, and at most a level more.
// The answer is good until the next call.
func (l *levels) pick(n int) []uint64 {
	end, sum := 0, int32(0) // levels below end are picked
	for ; end < levelCount && int(sum) < n; end++ {
		count := l.counts[end]
		l.counts[end] = sum // from here on where the level's next is put
		sum += count
	}
	if cap(l.lowest) < int(sum) {
		l.lowest = make([]uint64, sum+sum/4)
	}
	l.lowest = l.lowest[:sum]
	for _, x := range l.list {
		if level := int(x >> 32); level < end {
			l.lowest[l.counts[level]] = x
			l.counts[level]++
		}
	}
	return l.lowest
}

// Package recent numbers the keys that were named last, such as hashes of
// readers' names, so that what is kept of each can lie in slices by number. Of
// more than a limit, the one that was named longest ago makes room, and its
// number is the new one's; numbers are below the limit.
//
// A key is found by a hash table of numbers with linear probing, at most half
// full: eight bytes of a table and one link of a list are all that is read, where
// a map and a list of pointers are five places far apart. Keys must be spread
// evenly over their low bits, as hashes are.
//
// One goroutine may change Keys; any number may ask while nobody changes them.
package recent

// None is the number of no key.
const None = int32(-1)

// Keys are numbered keys in order of their last naming. They are made by [New].
type Keys struct {
	limit          int
	table          []entry // by a key's low bits
	links          []link  // by number
	free           []int32
	newest, oldest int32 // ends of the list, None if it is empty
	touched        int32 // keeps Touch from being optimised away
}

// entry is a number plus 1 in its low half and a key's low half above it; 0 is
// free.
type entry uint64

func entryOf(key uint64, number int32) entry { return entry(key<<32 | uint64(number+1)) }

func (e entry) number() int32 { return int32(uint32(e)) - 1 }

// home is where an entry stands if nothing else does.
func (e entry) home(mask uint64) uint64 { return uint64(e) >> 32 & mask }

// link is a key with those named just before and after.
type link struct {
	key          uint64
	older, newer int32
}

const smallest = 16 // entries of a table

// New makes Keys for up to a limit, which is at least 1.
func New(limit int) Keys {
	return Keys{limit: limit, table: make([]entry, smallest), newest: None, oldest: None}
}

// Len returns how many there are.
func (k *Keys) Len() int { return len(k.links) - len(k.free) }

// Full reports whether the next new key will be given the oldest one's number.
func (k *Keys) Full() bool { return k.Len() == k.limit }

// Oldest returns the number of the key that was named longest ago, or None.
func (k *Keys) Oldest() int32 { return k.oldest }

// All yields the keys and their numbers, the one named longest ago first. The
// one that is yielded may be removed meanwhile.
func (k *Keys) All(yield func(key uint64, number int32) bool) {
	for n := k.oldest; n != None; {
		next := k.links[n].newer
		if !yield(k.links[n].key, n) {
			return
		}
		n = next
	}
}

// Find returns a key's number, or None.
func (k *Keys) Find(key uint64) int32 {
	mask := uint64(len(k.table) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		e := k.table[i]
		if e == 0 {
			return None
		}
		if uint32(e>>32) == uint32(key) && k.links[e.number()].key == key {
			return e.number()
		}
	}
}

// Name notes that a key was named, and returns its number and whether what is
// under it is another's: whether the key is new.
func (k *Keys) Name(key uint64) (number int32, fresh bool) {
	if n := k.Find(key); n != None {
		k.unlink(n)
		k.link(n)
		return n, false
	}
	if k.Full() {
		k.Remove(k.oldest)
	}
	var n int32
	if last := len(k.free) - 1; last >= 0 {
		n = k.free[last]
		k.free = k.free[:last]
	} else {
		n = int32(len(k.links))
		k.links = append(k.links, link{})
	}
	k.links[n].key = key
	if 2*k.Len() > len(k.table) {
		k.grow()
	}
	k.enter(entryOf(key, n))
	k.link(n)
	return n, true
}

// Remove gives up a number that a key has.
func (k *Keys) Remove(number int32) {
	k.unlink(number)
	k.leave(entryOf(k.links[number].key, number))
	k.links[number] = link{}
	k.free = append(k.free, number)
}

// Touch reads what naming a key will need, so that it is near, and returns its
// number, or None. It is for the goroutine that names keys: called for many in a
// loop of its own, it waits for the memory of several at a time.
func (k *Keys) Touch(key uint64) int32 {
	n := k.Find(key)
	if n == None {
		return n
	}
	l := &k.links[n]
	k.touched = k.links[max(l.older, 0)].newer + k.links[max(l.newer, 0)].older
	return n
}

// enter puts an entry where there is room.
func (k *Keys) enter(e entry) {
	mask := uint64(len(k.table) - 1)
	i := e.home(mask)
	for k.table[i] != 0 {
		i = (i + 1) & mask
	}
	k.table[i] = e
}

// leave takes an entry out, and moves those behind it up that are not at home.
func (k *Keys) leave(e entry) {
	mask := uint64(len(k.table) - 1)
	hole := e.home(mask)
	for k.table[hole] != e {
		hole = (hole + 1) & mask
	}
	for i := hole; ; {
		i = (i + 1) & mask
		e := k.table[i]
		if e == 0 {
			break
		}
		if (i-e.home(mask))&mask >= (i-hole)&mask {
			k.table[hole], hole = e, i
		}
	}
	k.table[hole] = 0
}

func (k *Keys) grow() {
	old := k.table
	k.table = make([]entry, 2*len(old))
	for _, e := range old {
		if e != 0 {
			k.enter(e)
		}
	}
}

// link puts a key newest.
func (k *Keys) link(n int32) {
	k.links[n].older, k.links[n].newer = k.newest, None
	if k.newest != None {
		k.links[k.newest].newer = n
	} else {
		k.oldest = n
	}
	k.newest = n
}

func (k *Keys) unlink(n int32) {
	older, newer := k.links[n].older, k.links[n].newer
	if older != None {
		k.links[older].newer = newer
	} else {
		k.oldest = newer
	}
	if newer != None {
		k.links[newer].older = older
	} else {
		k.newest = older
	}
}

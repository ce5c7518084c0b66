package pebblestore

// DropProfiles empties the cache of profiles.
func (s *Store) DropProfiles() {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		for user := range st.profiles {
			st.dropLocked(user)
		}
		st.packed = packed{}
		st.mu.Unlock()
	}
}

// Cached returns how many profiles are cached.
func (s *Store) Cached() (n int) {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		cached, _ := st.cachedLocked()
		n += cached
		st.mu.Unlock()
	}
	return n
}

// Quick reports whether tables are asked first which signals are stored, and
// how many marks wait for them.
func (s *Store) Quick() (quick bool, waiting int) {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		waiting += len(st.noted.keys)
		st.mu.Unlock()
	}
	return s.marks().inTables != 0, waiting
}

// PackProfiles packs all cached profiles.
func (s *Store) PackProfiles() {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		for _, c := range st.profiles {
			st.closeLocked(c)
			st.keepPackedLocked(c)
		}
		st.mu.Unlock()
	}
}

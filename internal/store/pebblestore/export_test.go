package pebblestore

// DropProfiles empties the cache of profiles.
func (s *Store) DropProfiles() {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		for user := range st.profiles {
			st.dropLocked(user)
		}
		st.mu.Unlock()
	}
}

// Cached returns how many profiles are cached.
func (s *Store) Cached() (n int) {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		n += len(st.profiles)
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
		for k := range st.marks {
			waiting += len(st.marks[k].keys)
		}
		st.mu.Unlock()
	}
	return s.marks().inTables != 0, waiting
}

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

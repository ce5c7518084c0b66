package sim

// The names of a world that does not exist. Whoever finds one on a real map or
// a real door has found a coincidence.

func placeNames() []string {
	return []string{
		"Harrowmere", "Tolvane", "Port Essily", "Quillhaven", "Brackenfold",
		"Ostravell", "Lower Pennick", "Saltmarrow", "Vintersund", "Dunmorrow",
		"Kestrelbay", "Aldermoot", "Maravesse", "Greyfenwick", "Thistlecrumb",
		"Novaresk", "Cindermouth", "Wexholtz", "Upper Umberly", "Orrinstadt",
		"Bellweathering", "Tamarisp", "Fennimoor", "Halcyonreach", "Snodbury Quay",
		"Great Wimbling", "Eelpuddle", "Mossgarrow", "Little Ambersett", "Crumhaven",
	}
}

// authorNames are given and family names; a world pairs them.
func authorNames() (given, family []string) {
	return []string{
			"Ilvy", "Brannoc", "Teodra", "Maruk", "Oskelin", "Pellan", "Quila",
			"Zephrin", "Wrenna", "Dagovar", "Sunniva", "Halvard", "Noemira",
			"Kasimo", "Fenja", "Tobrin",
		}, []string{
			"Farrowick", "Tannodell", "Vesperling", "Grimsotter", "Quorrel",
			"Umbersley", "Hasselwink", "Dovecastle", "Mirrowbank", "Stellenfuss",
			"Thornapple", "Ockenbright", "Wolverdine", "Palimsett", "Zuckerow",
			"Larkenhorst",
		}
}

// languages are the newsroom's desks; the first is by far the largest.
func languages() []string { return []string{"en-GB", "en-US", "en-IN", "en-AU"} }

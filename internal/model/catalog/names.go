package catalog

import "readnext/internal/feed"

// names interns authors, tags and languages in one table: number 0 is "".
type names struct {
	byText map[string]feed.Name
	texts  []string
}

func newNames() names {
	return names{byText: map[string]feed.Name{"": 0}, texts: []string{""}}
}

func (n *names) intern(s string) feed.Name {
	if id, ok := n.byText[s]; ok {
		return id
	}
	id := feed.Name(len(n.texts))
	n.byText[s] = id
	n.texts = append(n.texts, s)
	return id
}

func (n *names) text(id feed.Name) string {
	if int(id) < len(n.texts) {
		return n.texts[id]
	}
	return ""
}

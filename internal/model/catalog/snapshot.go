package catalog

import (
	"encoding/gob"
	"fmt"
	"io"

	"readnext/internal/feed"
)

// A snapshot is a head, the names, and the items by number, in gob.
type head struct {
	Items, Names int
}

// WriteSnapshot writes the catalogue.
func (c *Catalog) WriteSnapshot(w io.Writer) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	enc := gob.NewEncoder(w)
	if err := enc.Encode(head{Items: len(c.byID), Names: len(c.names.texts)}); err != nil {
		return err
	}
	for _, s := range c.names.texts {
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	for ord := range feed.Ord(len(c.byID)) {
		if err := enc.Encode(c.items.get(ord)); err != nil {
			return err
		}
	}
	return nil
}

// ReadSnapshot fills an empty catalogue with what WriteSnapshot wrote.
func (c *Catalog) ReadSnapshot(r io.Reader) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	dec := gob.NewDecoder(r)
	var h head
	if err := dec.Decode(&h); err != nil {
		return fmt.Errorf("catalog snapshot: head: %w", err)
	}
	for i := range h.Names {
		var s string
		if err := dec.Decode(&s); err != nil {
			return fmt.Errorf("catalog snapshot: name %d: %w", i, err)
		}
		if int(c.names.intern(s)) != i {
			return fmt.Errorf("catalog snapshot: name %d is there twice", i)
		}
	}
	for ord := range feed.Ord(h.Items) {
		it := new(feed.Item)
		if err := dec.Decode(it); err != nil {
			return fmt.Errorf("catalog snapshot: item %d: %w", ord, err)
		}
		if _, known := c.byID[it.ID]; known || it.Ord != ord {
			return fmt.Errorf("catalog snapshot: item %d is out of place", ord)
		}
		c.placeLocked(it)
	}
	return nil
}

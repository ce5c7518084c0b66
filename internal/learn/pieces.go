package learn

import (
	"io"
	"slices"
)

// pieces holds bytes in pieces of one size, so that growing copies nothing and
// takes no more memory than they do.
type pieces struct {
	all [][]byte
}

const pieceSize = 1 << 20

// add appends b.
func (p *pieces) add(b []byte) {
	for len(b) > 0 {
		last := p.last(1)
		n := min(len(b), cap(*last)-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
}

// room appends n bytes, at most a piece's, and returns them to be written later.
func (p *pieces) room(n int) []byte {
	last := p.last(n)
	at := len(*last)
	*last = (*last)[:at+n]
	return (*last)[at:]
}

// last is the piece to append to, with room for n bytes at least.
func (p *pieces) last(n int) *[]byte {
	if k := len(p.all); k == 0 || cap(p.all[k-1])-len(p.all[k-1]) < n {
		p.all = append(p.all, make([]byte, 0, pieceSize))
	}
	return &p.all[len(p.all)-1]
}

func (p *pieces) len() (n int) {
	for _, b := range p.all {
		n += len(b)
	}
	return n
}

func (p *pieces) writeTo(w io.Writer) error {
	for _, b := range p.all {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// whole is a copy in one piece.
func (p *pieces) whole() []byte { return slices.Concat(p.all...) }

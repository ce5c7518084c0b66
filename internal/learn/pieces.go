package learn

import (
	"io"
	"slices"
	"sync"
)

// pieces takes bytes in from one goroutine, in pieces of one size, and gives them
// to another one, which writes them. It never waits for that one, so it holds what
// was not written yet; what was is used again.
type pieces struct {
	open [][]byte // not to be written yet; the last one is being filled
	keep bool     // whether what was written is kept

	mu    sync.Mutex
	more  *sync.Cond
	ready [][]byte
	ended bool
	err   error

	written [][]byte // if it is kept, or else to be used again
}

const pieceSize = 1 << 20

func newPieces(keep bool) *pieces {
	p := &pieces{keep: keep}
	p.more = sync.NewCond(&p.mu)
	return p
}

// add appends b.
func (p *pieces) add(b []byte) {
	for len(b) > 0 {
		last := p.last(1)
		n := min(len(b), cap(*last)-len(*last))
		*last = append(*last, b[:n]...)
		b = b[n:]
	}
}

// room appends n bytes, at most a piece's, and returns them to be filled before
// the next release.
func (p *pieces) room(n int) []byte {
	last := p.last(n)
	at := len(*last)
	*last = (*last)[:at+n]
	return (*last)[at:]
}

// last is the piece to append to, with room for n bytes at least.
func (p *pieces) last(n int) *[]byte {
	if k := len(p.open); k == 0 || cap(p.open[k-1])-len(p.open[k-1]) < n {
		p.open = append(p.open, p.empty())
	}
	return &p.open[len(p.open)-1]
}

func (p *pieces) empty() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.written); n > 0 && !p.keep {
		b := p.written[n-1]
		p.written = p.written[:n-1]
		return b[:0]
	}
	return make([]byte, 0, pieceSize)
}

// release lets all be written but the piece that is being filled.
func (p *pieces) release() {
	if n := len(p.open) - 1; n > 0 {
		p.mu.Lock()
		p.ready = append(p.ready, p.open[:n]...)
		p.mu.Unlock()
		p.more.Signal()
		p.open = slices.Delete(p.open, 0, n)
	}
}

// end says that nothing follows, or why nothing can. What was to be used again is
// given up.
func (p *pieces) end(err error) {
	p.mu.Lock()
	p.ready, p.ended, p.err = append(p.ready, p.open...), true, err
	p.open = nil
	if !p.keep {
		p.written = nil
	}
	p.mu.Unlock()
	p.more.Signal()
}

// writeTo writes all until the end.
func (p *pieces) writeTo(w io.Writer) error {
	for {
		b, err := p.next()
		if b == nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		p.mu.Lock()
		if p.keep || !p.ended {
			p.written = append(p.written, b)
		}
		p.mu.Unlock()
	}
}

// next waits for the next piece; nil is the end.
func (p *pieces) next() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.ready) == 0 && !p.ended {
		p.more.Wait()
	}
	if p.err != nil || len(p.ready) == 0 {
		return nil, p.err
	}
	b := p.ready[0]
	p.ready = slices.Delete(p.ready, 0, 1)
	return b, nil
}

// whole is what was written and kept, in one piece, which takes the place of the
// others.
func (p *pieces) whole() []byte {
	whole := slices.Concat(p.written...)
	p.written = nil
	return whole
}

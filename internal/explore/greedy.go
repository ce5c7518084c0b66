package explore

// greedy fills a slate with the best: at each place the best of those that
// break the least. It looks at no more candidates than it must: a heap hands
// them out best first, and those that were passed over wait, in that order.
func greedy(cands []Candidate, n int, windowed bool, dst []Choice, s *Scratch) []Choice {
	h := heap{cands, s.left[:0]}
	for i := range cands {
		h.left = append(h.left, int32(i))
	}
	for i := len(h.left)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
	s.left = h.left // keeps the memory
	s.waiting = s.waiting[:0]
	begin := len(dst)
	for len(dst)-begin < min(n, len(cands)) {
		dst = append(dst, Choice{Index: s.next(&h), Propensity: 1})
		if windowed {
			s.tallies.place(cands, dst[begin:])
		}
	}
	return dst
}

// next returns the candidate for the next place. There is one.
func (s *Scratch) next(h *heap) int {
	least, at := kinds+1, -1 // of those that wait
	for i, c := range s.waiting {
		if b := s.tallies.broken(h.cands[c].Item); b < least {
			if least, at = b, i; b == 0 {
				break
			}
		}
	}
	for least > 0 && len(h.left) > 0 {
		c := h.pop()
		b := s.tallies.broken(h.cands[c].Item)
		if b == 0 {
			return int(c)
		}
		s.waiting = append(s.waiting, c)
		if b < least {
			least, at = b, len(s.waiting)-1
		}
	}
	c := s.waiting[at]
	s.waiting = append(s.waiting[:at], s.waiting[at+1:]...)
	return int(c)
}

// heap is the candidates by number, none better than its parent.
type heap struct {
	cands []Candidate
	left  []int32
}

func (h *heap) pop() int32 {
	top, last := h.left[0], len(h.left)-1
	h.left[0] = h.left[last]
	h.left = h.left[:last]
	h.sink(0)
	return top
}

func (h *heap) sink(i int) {
	for {
		child := 2*i + 1
		if child >= len(h.left) {
			return
		}
		if child+1 < len(h.left) && h.better(child+1, child) {
			child++
		}
		if !h.better(child, i) {
			return
		}
		h.left[i], h.left[child] = h.left[child], h.left[i]
		i = child
	}
}

func (h *heap) better(i, j int) bool {
	return better(&h.cands[h.left[i]], &h.cands[h.left[j]])
}

package affinity

import "math"

// addEmbedding adds an article's unit vector, by a weight, to the reader's
// place in the space. The reader's newest act that has an embedding sets the
// number of dimensions; those of other spaces are left out.
func (s *scratch) addEmbedding(e []float32, w float64) {
	if len(e) == 0 || len(s.space) != 0 && len(s.space) != len(e) {
		return
	}
	length := lengthOf(e)
	if length == 0 {
		return
	}
	if len(s.space) == 0 {
		if cap(s.sum) < len(e) {
			s.sum = make([]float64, len(e))
			s.space = make([]float32, len(e))
		}
		s.sum, s.space = s.sum[:len(e)], s.space[:len(e)]
		clear(s.sum)
	}
	w /= length
	for i, x := range e {
		s.sum[i] += w * float64(x)
	}
}

// finishEmbedding makes the sum a unit vector; space is empty if there is none.
func (s *scratch) finishEmbedding() {
	if len(s.space) == 0 {
		return
	}
	length := 0.0
	for _, x := range s.sum {
		length += x * x
	}
	length = math.Sqrt(length)
	if length == 0 {
		s.space = s.space[:0]
		return
	}
	for i, x := range s.sum {
		s.space[i] = float32(x / length)
	}
}

// lengthOf returns the Euclidean length of a vector, 0 also for one that is
// not finite.
func lengthOf(e []float32) float64 {
	sum := 0.0
	for _, x := range e {
		sum += float64(x) * float64(x)
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return 0
	}
	return math.Sqrt(sum)
}

// cosine returns the cosine between a unit vector and any other, 0 if their
// numbers of dimensions differ.
func cosine(unit, e []float32) float64 {
	if len(unit) != len(e) || len(e) == 0 {
		return 0
	}
	dot, square := products(unit, e)
	if c := float64(dot) / math.Sqrt(float64(square)); square > 1e-30 && square < 1e30 && !math.IsNaN(c) {
		return max(-1, min(c, 1))
	}
	// A float32 could not hold the sums.
	length := lengthOf(e)
	if length == 0 {
		return 0
	}
	c := 0.0
	for i, x := range e {
		c += float64(unit[i]) * float64(x)
	}
	return max(-1, min(c/length, 1))
}

// products returns a·b and b·b. Four sums run side by side, since each
// addition waits for the one before it.
func products(a, b []float32) (dot, square float32) {
	var d0, d1, d2, d3, s0, s1, s2, s3 float32
	for len(b) >= 4 && len(a) >= 4 {
		x, y := a[:4:4], b[:4:4]
		d0 += x[0] * y[0]
		d1 += x[1] * y[1]
		d2 += x[2] * y[2]
		d3 += x[3] * y[3]
		s0 += y[0] * y[0]
		s1 += y[1] * y[1]
		s2 += y[2] * y[2]
		s3 += y[3] * y[3]
		a, b = a[4:], b[4:]
	}
	for i, y := range b {
		d0 += a[i] * y
		s0 += y * y
	}
	return d0 + d1 + d2 + d3, s0 + s1 + s2 + s3
}

// sketch is an embedding at a byte a dimension: the largest one is 127 or
// -127. Cosines of sketches differ from the embeddings' by about a hundredth.
type sketch struct {
	bytes  []byte // each an int8
	length float32
}

// sketchOf returns the sketch of an embedding, none if it has no length or
// more than limit dimensions.
func sketchOf(e []float32, limit int) sketch { return sketchIn(nil, e, limit) }

// sketchIn is sketchOf in memory that is given, if it is enough.
func sketchIn(room []byte, e []float32, limit int) sketch {
	if len(e) == 0 || len(e) > limit {
		return sketch{}
	}
	largest := 0.0
	for _, x := range e {
		largest = max(largest, math.Abs(float64(x)))
	}
	if !(largest > 0) || math.IsInf(largest, 1) {
		return sketch{}
	}
	if cap(room) < len(e) {
		room = make([]byte, len(e))
	}
	bytes := room[:len(e)]
	for i, x := range e {
		bytes[i] = byte(int8(math.Round(float64(x) / largest * 127)))
	}
	return measured(bytes)
}

// sketch is sketchOf in the scratch's own memory, good until the next.
func (s *scratch) sketch(e []float32, limit int) sketch {
	made := sketchIn(s.bytes, e, limit)
	if len(made.bytes) > 0 {
		s.bytes = made.bytes
	}
	return made
}

func measured(bytes []byte) sketch {
	return sketch{bytes, float32(math.Sqrt(float64(dotOf(bytes, bytes))))}
}

func (s sketch) cosine(o sketch) float64 {
	if len(s.bytes) != len(o.bytes) || len(s.bytes) == 0 {
		return 0
	}
	dot := dotOf(s.bytes, o.bytes)
	return max(-1, min(float64(dot)/(float64(s.length)*float64(o.length)), 1))
}

// dotOf returns a·b, which are equally long. Four sums run side by side.
func dotOf(a, b []byte) int32 {
	var d0, d1, d2, d3 int32
	for len(a) >= 4 && len(b) >= 4 {
		x, y := a[:4:4], b[:4:4]
		d0 += int32(int8(x[0])) * int32(int8(y[0]))
		d1 += int32(int8(x[1])) * int32(int8(y[1]))
		d2 += int32(int8(x[2])) * int32(int8(y[2]))
		d3 += int32(int8(x[3])) * int32(int8(y[3]))
		a, b = a[4:], b[4:]
	}
	for i, x := range a {
		d0 += int32(int8(x)) * int32(int8(b[i]))
	}
	return d0 + d1 + d2 + d3
}

package factor

import (
	"math"
	"slices"

	"readnext/internal/codec"
	"readnext/internal/feed"
)

// heaviest bounds weights that are read; those of real fits lie near 1.
const heaviest = 1 << 20

// writeList writes distinct numbers in their order.
func writeList[T feed.Ord | int32](e *codec.Encoder, list []T) {
	e.Uint(uint64(len(list)))
	for _, x := range list {
		e.Uint(uint64(x))
	}
}

// few is up to how many numbers are compared one by one.
const few = 32

// readList reads up to most distinct numbers below limit.
func readList[T feed.Ord | int32](d *codec.Decoder, most int, limit uint64) []T {
	n := d.Uint(uint64(most))
	list := make([]T, 0, d.Room(n, 1))
	for ; n > 0 && d.Err() == nil; n-- {
		x := d.Uint(math.MaxInt32)
		if x >= limit || len(list) < few && slices.Contains(list, T(x)) {
			d.Fail(codec.ErrGarbled)
		}
		list = append(list, T(x))
	}
	if len(list) <= few { // each was looked for among those before
		return list
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(list) {
		d.Fail(codec.ErrGarbled)
	}
	return list
}

// writeRising writes rising numbers as the steps between them.
func writeRising[T feed.Ord | int32](e *codec.Encoder, list []T) {
	e.Uint(uint64(len(list)))
	last := T(-1)
	for _, x := range list {
		e.Uint(uint64(x - last))
		last = x
	}
}

func readRising[T feed.Ord | int32](d *codec.Decoder, most int, limit uint64) []T {
	n := d.Uint(uint64(most))
	list := make([]T, 0, d.Room(n, 1))
	last := int64(-1)
	for ; n > 0 && d.Err() == nil; n-- {
		step := int64(d.Uint(math.MaxInt32))
		last += step
		if step == 0 || last >= int64(limit) {
			d.Fail(codec.ErrGarbled)
			return nil
		}
		list = append(list, T(last))
	}
	return list
}

func (v *view) write(e *codec.Encoder) {
	e.Uint(v.at)
	writeRising(e, v.ords)
	for i := range v.ords {
		to, weights := v.row(int32(i))
		writeRising(e, to)
		for _, w := range weights {
			e.Float32(w)
		}
	}
}

func readView(d *codec.Decoder, cfg *Config, articles uint64) *view {
	at := d.Uint(maxCount)
	ords := readRising[feed.Ord](d, cfg.Articles, articles)
	rows := make([][]edge, len(ords))
	for i := range rows {
		tos := readRising[int32](d, cfg.Neighbours, uint64(len(ords)))
		rows[i] = make([]edge, len(tos))
		for k, to := range tos {
			rows[i][k].to = to
		}
		for k := range rows[i] {
			w := d.Float32()
			if !(magnitude(w) <= heaviest) {
				d.Fail(codec.ErrGarbled)
			}
			rows[i][k].w = w
		}
		if d.Err() != nil {
			break
		}
	}
	return newView(at, ords, rows)
}

func (in *input) write(e *codec.Encoder) {
	e.Uint(in.at)
	writeRising(e, in.ords)
	e.Uint(uint64(in.rows()))
	for u, key := range in.keys {
		e.Bits(key)
		writeList(e, in.row(u))
	}
}

func readInput(d *codec.Decoder, cfg *Config, articles uint64) *input {
	in := &input{at: d.Uint(maxCount), start: []int32{0}}
	in.ords = readRising[feed.Ord](d, cfg.Articles, articles)
	for n := d.Uint(uint64(cfg.Readers)); n > 0 && d.Err() == nil; n-- {
		in.keys = append(in.keys, d.Bits())
		in.items = append(in.items, readList[int32](d, cfg.PerReader, uint64(len(in.ords)))...)
		if len(in.items) > cfg.Interactions || len(in.items) == int(in.start[len(in.start)-1]) {
			d.Fail(codec.ErrGarbled)
		}
		in.start = append(in.start, int32(len(in.items)))
	}
	return in
}

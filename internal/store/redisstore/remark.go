package redisstore

import (
	"context"
	"math"
	"strconv"
)

// remark finds out from the order what the marks said, which are lost, and writes
// them anew. Meanwhile nobody orders anything.
func (s *Store) remark(ctx context.Context) error {
	s.log.Warn("the marks of the order are lost; they are made anew from it", "key", s.names.marks)
	first, err := s.first(ctx)
	if err != nil {
		return err
	}
	last, err := s.highest(ctx, first, math.MaxUint64)
	if err != nil {
		return err
	}
	args := []string{layout, strconv.Itoa(s.names.catalogue())}
	for _, id := range last {
		args = append(args, digits(id))
	}
	_, err = s.write(ctx, call{&s.scripts.remark, []string{s.names.order, s.names.marks}, args}, "making the marks of the order anew")
	return err
}

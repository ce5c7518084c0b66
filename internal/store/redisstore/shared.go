package redisstore

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

var _ store.Sharing = (*Store)(nil)

// The shared copy of the models is cut into chunks, which are spread over the
// partitions' slots; a hash next to the order says which ones they are. Another
// one has every copy of which there may be chunks: it is in there before its first
// chunk is and until its last one is gone, whoever dies meanwhile.
//
//	{order}shared             hash: at, name, chunks, size, sum
//	{order}copies             hash: name to chunks and when it was begun, in
//	                          microseconds, 0 if it is to be dropped
//	{order}publishing         there while nothing is to be published
//	<tag>snapshot:<name>:<n>  the n-th chunk
const (
	chunkBytes = 1 << 20
	// maxChunks bounds what a damaged number can make a process look for.
	maxChunks = 1 << 16
	// unfinishedLife is how long chunks stay that never became a copy.
	unfinishedLife = "3600000" // ms
)

// published is what the hash says.
type published struct {
	at     place
	name   string
	chunks int
	size   int
	sum    uint32
}

func (s *Store) sharedKey() string { return s.cfg.Prefix + "{order}shared" }

func (s *Store) copiesKey() string { return s.cfg.Prefix + "{order}copies" }

func (s *Store) chunkKey(name string, n int) string {
	return s.names.of(n%len(s.names.tags), "snapshot:"+name+":"+strconv.Itoa(n))
}

func parsePublished(m map[string]string) (published, error) {
	p := published{name: m["name"]}
	if p.name == "" {
		return p, nil
	}
	var err error
	if p.at, err = parsePlace(m["at"]); err != nil {
		return p, err
	}
	var n [3]uint64
	for i, field := range []string{"chunks", "size", "sum"} {
		if n[i], err = parseUint(m[field]); err != nil {
			return p, err
		}
	}
	p.chunks, p.size, p.sum = int(n[0]), int(n[1]), uint32(n[2])
	if n[0] > maxChunks || n[1] > maxChunks*chunkBytes || p.chunks != chunksOf(p.size) {
		return p, feed.Errorf(feed.Internal, "%d chunks are not of %d bytes", n[0], n[1])
	}
	return p, nil
}

// published reads about the shared snapshot. What is there and cannot be
// understood is an error of kind Internal.
func (s *Store) published(ctx context.Context) (published, error) {
	m, err := s.do(ctx, s.client.B().Hgetall().Key(s.sharedKey()).Build()).AsStrMap()
	if err != nil {
		return published{}, failed(err, "reading "+s.sharedKey())
	}
	p, err := parsePublished(m)
	if err != nil {
		return published{}, feed.Wrap(feed.Internal, err, "what "+s.sharedKey()+" says of the shared snapshot")
	}
	return p, nil
}

// PublishSnapshot is as the contract says; the log is trimmed after it.
func (s *Store) PublishSnapshot(ctx context.Context, at, least feed.Position, snapshot []byte) (bool, error) {
	covers, err := parsePosition(at)
	if err != nil {
		return false, err
	}
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.leave()
	if err := s.dropStale(ctx); err != nil {
		return false, err
	}
	old, err := s.published(ctx)
	if err != nil && feed.KindOf(err) == feed.Internal {
		err = nil // it gives way
	}
	if err != nil || old.at.seq >= covers.seq {
		return false, err
	}
	claim := s.client.B().Set().Key(s.cfg.Prefix + "{order}publishing").Value("1").Nx().Px(s.cfg.PublishEvery).Build()
	err = s.do(ctx, claim).Error()
	switch {
	case rueidis.IsRedisNil(err):
		if s.Covers(old.at.position(), least) {
			return false, nil
		}
	case err != nil:
		return false, failed(err, "publishing a snapshot")
	}
	p := newCopy(covers, snapshot)
	if err := s.writeChunks(ctx, p, snapshot); err != nil {
		return false, err
	}
	done, err := s.makeShared(ctx, p)
	if err != nil {
		return false, err
	}
	// What is dropped is the copy before, or this one if another was faster.
	if err := s.dropStale(ctx); err != nil || !done {
		return false, err
	}
	return true, s.trim(ctx, covers)
}

// newCopy gives a copy a name that no other one has.
func newCopy(covers place, snapshot []byte) published {
	return published{
		at: covers, name: covers.id() + "-" + strconv.FormatUint(rand.Uint64(), 36),
		chunks: chunksOf(len(snapshot)), size: len(snapshot), sum: checksum(snapshot),
	}
}

func chunksOf(size int) int { return (size + chunkBytes - 1) / chunkBytes }

// makeShared makes a copy whose chunks are written the shared one, and reports
// whether it is.
func (s *Store) makeShared(ctx context.Context, p published) (bool, error) {
	const doing = "publishing a snapshot"
	r, err := s.write(ctx, call{&s.scripts.publish, []string{s.sharedKey(), s.copiesKey()}, []string{
		digits(p.at.seq), p.at.id(), p.name, strconv.Itoa(p.chunks), strconv.Itoa(p.size), digits(p.sum),
	}}, doing)
	if err != nil {
		return false, err
	}
	done, err := r.AsInt64()
	return done == 1, failed(err, doing)
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// writeChunks writes chunks that go by themselves if the copy never comes to be.
func (s *Store) writeChunks(ctx context.Context, p published, snapshot []byte) error {
	if p.chunks > maxChunks {
		return feed.Errorf(feed.Invalid, "a snapshot of %d bytes is too large to be shared", p.size)
	}
	_, err := s.write(ctx, call{&s.scripts.begin, []string{s.copiesKey()}, []string{p.name, strconv.Itoa(p.chunks)}}, "publishing a snapshot")
	if err != nil {
		return err
	}
	for n := range p.chunks {
		chunk := snapshot[n*chunkBytes : min((n+1)*chunkBytes, len(snapshot))]
		_, err := s.write(ctx, call{&s.scripts.chunk, []string{s.chunkKey(p.name, n)}, []string{rueidis.BinaryString(chunk), unfinishedLife}}, "publishing a snapshot")
		if err != nil {
			return err
		}
	}
	for n := range p.chunks {
		if err := s.do(ctx, s.client.B().Persist().Key(s.chunkKey(p.name, n)).Build()).Error(); err != nil {
			return failed(err, "publishing a snapshot")
		}
	}
	return nil
}

// dropStale removes copies that were replaced, or that nobody finished.
func (s *Store) dropStale(ctx context.Context) error {
	const doing = "dropping old shared snapshots"
	stale, err := s.run(ctx, call{&s.scripts.stale, []string{s.sharedKey(), s.copiesKey()}, []string{unfinishedLife}}).AsStrSlice()
	if err != nil {
		return failed(err, doing)
	}
	for i := 0; i+1 < len(stale); i += 2 {
		name := stale[i]
		n, err := strconv.Atoi(stale[i+1])
		if err != nil {
			n = maxChunks // of a damaged number: all there can be
		}
		for c := range min(n, maxChunks) {
			if err := s.do(ctx, s.client.B().Unlink().Key(s.chunkKey(name, c)).Build()).Error(); err != nil {
				return failed(err, doing)
			}
		}
		if err := s.do(ctx, s.client.B().Hdel().Key(s.copiesKey()).Field(name).Build()).Error(); err != nil {
			return failed(err, doing)
		}
	}
	return nil
}

// LoadPublished is as the contract says. What is damaged is told to the log, and
// is not there for callers: none of them needs it.
func (s *Store) LoadPublished(ctx context.Context, have feed.Position, read func(io.Reader) error) error {
	b, err := s.readShared(ctx, have)
	if err != nil && feed.KindOf(err) == feed.Internal {
		s.log.Warn("the shared snapshot is damaged; it is not used", "err", err)
		return feed.Wrap(feed.NotFound, err, "the shared snapshot is damaged")
	}
	if err != nil {
		return err
	}
	// No call is under way while it is read: read makes its own.
	return read(bytes.NewReader(b))
}

// readShared reads the shared snapshot, anew if it is replaced meanwhile.
func (s *Store) readShared(ctx context.Context, have feed.Position) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	for {
		p, err := s.published(ctx)
		if err != nil {
			return nil, err
		}
		if p.name == "" || s.Covers(have, p.at.position()) {
			return nil, feed.Errorf(feed.NotFound, "there is no newer shared snapshot")
		}
		b, unread := s.readChunks(ctx, p)
		if unread == nil && len(b) == p.size && checksum(b) == p.sum {
			return b, nil
		}
		again, err := s.published(ctx)
		if err != nil {
			return nil, err
		}
		switch {
		case again.name != p.name:
		case unread != nil:
			return nil, unread
		default:
			return nil, feed.Errorf(feed.Internal, "%d bytes of %d, or another checksum", len(b), p.size)
		}
	}
}

// readChunks reads what there is of a copy.
func (s *Store) readChunks(ctx context.Context, p published) ([]byte, error) {
	var b bytes.Buffer
	for n := range p.chunks {
		key := s.chunkKey(p.name, n)
		chunk, err := s.do(ctx, s.client.B().Get().Key(key).Build()).ToString()
		if rueidis.IsRedisNil(err) {
			break
		}
		if err != nil {
			return nil, failed(err, "reading "+key)
		}
		b.WriteString(chunk)
	}
	return b.Bytes(), nil
}

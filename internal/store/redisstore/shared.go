package redisstore

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

var _ store.Sharing = (*Store)(nil)

// The shared copy of the models is cut into chunks, which are spread over the
// partitions' slots; a hash next to the order says which ones they are.
//
//	{order}shared             hash: at, name, chunks, size, sum
//	{order}publishing         there while nothing is to be published
//	<tag>snapshot:<name>:<n>  the n-th chunk
const (
	chunkBytes = 1 << 20
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
	return p, nil
}

func (s *Store) published(ctx context.Context) (published, error) {
	m, err := s.do(ctx, s.client.B().Hgetall().Key(s.sharedKey()).Build()).AsStrMap()
	if err != nil {
		return published{}, failed(err, "reading about the shared snapshot")
	}
	return parsePublished(m)
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
	old, err := s.published(ctx)
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
	p := published{covers, covers.id() + "-" + strconv.FormatUint(rand.Uint64(), 36), (len(snapshot) + chunkBytes - 1) / chunkBytes, len(snapshot), checksum(snapshot)}
	if err := s.writeChunks(ctx, p, snapshot); err != nil {
		return false, err
	}
	r, err := s.write(ctx, call{&s.scripts.publish, []string{s.sharedKey()}, []string{
		digits(covers.seq), covers.id(), p.name, strconv.Itoa(p.chunks), strconv.Itoa(p.size), digits(p.sum),
	}}, "publishing a snapshot")
	if err != nil {
		return false, err
	}
	gone, err := r.AsStrSlice()
	if err != nil {
		return false, failed(err, "publishing a snapshot")
	}
	// What is dropped is the copy before, or this one if another was faster.
	if err := s.dropChunks(ctx, gone); err != nil {
		return false, err
	}
	if len(gone) > 0 && gone[0] == p.name {
		return false, nil
	}
	return true, s.trim(ctx, covers)
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// writeChunks writes chunks that go by themselves if the copy never comes to be.
func (s *Store) writeChunks(ctx context.Context, p published, snapshot []byte) error {
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

// dropChunks removes a copy, given as its name and how many chunks it has.
func (s *Store) dropChunks(ctx context.Context, gone []string) error {
	if len(gone) != 2 || gone[0] == "" {
		return nil
	}
	n, err := strconv.Atoi(gone[1])
	if err != nil {
		return feed.Errorf(feed.Internal, "stored number of chunks %q is none", gone[1])
	}
	for i := range n {
		if err := s.do(ctx, s.client.B().Unlink().Key(s.chunkKey(gone[0], i)).Build()).Error(); err != nil {
			return failed(err, "dropping an old shared snapshot")
		}
	}
	return nil
}

// LoadPublished is as the contract says. A copy that is replaced while it is
// read is read anew.
func (s *Store) LoadPublished(ctx context.Context, have feed.Position, read func(io.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	for {
		p, err := s.published(ctx)
		if err != nil {
			return err
		}
		if p.name == "" || s.Covers(have, p.at.position()) {
			return feed.Errorf(feed.NotFound, "there is no newer shared snapshot")
		}
		b, err := s.readChunks(ctx, p)
		if err != nil {
			return err
		}
		if len(b) == p.size && checksum(b) == p.sum {
			return read(bytes.NewReader(b))
		}
		again, err := s.published(ctx)
		if err != nil {
			return err
		}
		if again.name == p.name {
			return feed.Errorf(feed.NotFound, "the shared snapshot is damaged: %d bytes of %d, or another checksum", len(b), p.size)
		}
	}
}

// readChunks reads what there is of a copy.
func (s *Store) readChunks(ctx context.Context, p published) ([]byte, error) {
	var b bytes.Buffer
	for n := range p.chunks {
		chunk, err := s.do(ctx, s.client.B().Get().Key(s.chunkKey(p.name, n)).Build()).ToString()
		if rueidis.IsRedisNil(err) {
			break
		}
		if err != nil {
			return nil, failed(err, "reading the shared snapshot")
		}
		if _, err := io.Copy(&b, strings.NewReader(chunk)); err != nil {
			return nil, feed.Wrap(feed.Internal, err, "reading the shared snapshot")
		}
	}
	return b.Bytes(), nil
}

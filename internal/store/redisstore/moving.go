package redisstore

import (
	"context"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

var _ store.Moving = (*Store)(nil)

// moveField is the field of the marks that says how far a copy into this store
// is.
const moveField = "copy"

// BeginMove is as the contract says.
func (s *Store) BeginMove(ctx context.Context) (string, error) {
	const doing = "looking whether the store is empty"
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	marks, err := s.do(ctx, s.client.B().Hgetall().Key(s.names.marks).Build()).AsStrMap()
	if err != nil {
		return "", failed(err, doing)
	}
	if note := marks[moveField]; note != "" {
		return note, nil
	}
	p := s.names.catalogue()
	n, err := s.do(ctx, s.client.B().Exists().Key(s.names.of(p, "articles"), s.keysKey()).Build()).AsInt64()
	if err != nil {
		return "", failed(err, doing)
	}
	if n > 0 || marks["seq"] != "" {
		return "", feed.Errorf(feed.Invalid, "the store in this Redis is not empty")
	}
	return "", nil
}

// NoteMove is as the contract says.
func (s *Store) NoteMove(ctx context.Context, note string) error {
	return s.takeFields(ctx, []string{s.names.marks}, []string{moveField, rueidis.BinaryString([]byte(note))}, "noting how far a copy is")
}

// EndMove is as the contract says.
func (s *Store) EndMove(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return failed(s.do(ctx, s.client.B().Hdel().Key(s.names.marks).Field(moveField).Build()).Error(), "ending a copy")
}

func (s *Store) takeFields(ctx context.Context, keys, args []string, doing string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	_, err := s.write(ctx, call{&s.scripts.fields, keys, args}, doing)
	return err
}

// TakeKeys is as the contract says.
func (s *Store) TakeKeys(ctx context.Context, keys []feed.SigningKey) error {
	var args []string
	for i := range keys {
		args = append(args, digits(keys[i].ID), string(store.AppendSigningKey(nil, &keys[i])))
	}
	return s.takeFields(ctx, []string{s.keysKey()}, args, "taking signing keys")
}

// TakeArticles is as the contract says.
func (s *Store) TakeArticles(ctx context.Context, articles []feed.Article) error {
	p := s.names.catalogue()
	keys := []string{s.names.of(p, "articles"), s.names.of(p, "ids")}
	for i := 0; i < len(articles); i += articleChunk {
		var args []string
		for j := range articles[i:min(i+articleChunk, len(articles))] {
			a := &articles[i+j]
			args = append(args, bigEndian(uint64(a.ID)), rueidis.BinaryString(store.AppendArticle(nil, a)))
		}
		if err := s.takeFields(ctx, keys, args, "taking articles"); err != nil {
			return err
		}
	}
	return nil
}

// TakeLog is as the contract says. An entry's number in the log is its id, and
// its sequence in the order.
func (s *Store) TakeLog(ctx context.Context, first uint64, entries []feed.Entry) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	end, _ := s.tail.get()
	if first == 0 || first > end.seq+1 {
		return feed.Errorf(feed.Invalid, "entry %d does not follow on entry %d", first, end.seq)
	}
	entries, first = entries[min(end.seq+1-first, uint64(len(entries))):], max(first, end.seq+1)
	for i := 0; i < len(entries); i += appendChunk {
		chunk := entries[i:min(i+appendChunk, len(entries))]
		if err := s.takeLog(ctx, first+uint64(i), chunk); err != nil {
			return err
		}
	}
	return nil
}

// taken is what of some entries goes to one partition.
type taken struct {
	call    call
	readers map[feed.UserID]string // to their numbers
	last    uint64
}

func (s *Store) takeLog(ctx context.Context, first uint64, entries []feed.Entry) error {
	parts := map[int]*taken{}
	refs := make([]reference, len(entries))
	var spans []span
	for i := range entries {
		e, id := &entries[i], first+uint64(i)
		p, user := s.entryPartition(e)
		t := parts[p]
		if t == nil {
			t = &taken{call: call{&s.scripts.take, []string{s.names.of(p, "log"), s.names.of(p, "meta")}, nil}, readers: map[feed.UserID]string{}}
			parts[p] = t
			spans = append(spans, span{partition: uint64(p)})
		}
		number := "0"
		if user != feed.Anonymous {
			var known bool
			if number, known = t.readers[user]; !known {
				t.call.keys = append(t.call.keys, s.names.reader(p, "e", user))
				number = digits(len(t.readers) + 1)
				t.readers[user] = number
			}
		}
		t.call.args = append(t.call.args, digits(id), number, rueidis.BinaryString(store.AppendEntry(nil, e)))
		t.last = id
		refs[i] = reference{p, id}
	}
	for i := range spans {
		t := parts[int(spans[i].partition)]
		if _, err := s.write(ctx, t.call, "taking the log"); err != nil {
			return err
		}
		spans[i].upto = t.last
	}
	at, err := s.order(ctx, spans, refs)
	if want := first + uint64(len(entries)) - 1; err == nil && at.seq != want {
		err = feed.Errorf(feed.Internal, "the log ends at %d after taking entry %d: somebody else writes to this store", at.seq, want)
	}
	return err
}

// entryPartition is where an entry belongs, and the reader who owns it.
func (s *Store) entryPartition(e *feed.Entry) (int, feed.UserID) {
	switch {
	case e.Signal != nil:
		return s.names.partitionOf(e.Signal), e.Signal.User
	case e.Forgotten != "":
		return s.names.partition(e.Forgotten), feed.Anonymous
	}
	return s.names.catalogue(), feed.Anonymous
}

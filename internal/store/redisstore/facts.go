package redisstore

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
	"readnext/internal/store"
)

const (
	scanCount    = 1000 // keys that Redis looks at in one exchange
	readersChunk = 64   // readers whose facts are read in one exchange
	marksChunk   = 500  // marks of a reader read in one exchange
	pagesChunk   = 64   // pages likewise
)

// ReadFacts is as the contract says. It holds the ids of all readers in memory.
// A mark is a letter and the reader whose facts were read whole.
func (s *Store) ReadFacts(ctx context.Context, after string, yield func(*store.Fact, string) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	users, err := s.users(ctx)
	if err != nil {
		return err
	}
	if after == "" {
		for p := range s.names.catalogue() {
			if err := s.readMarks(ctx, p, feed.Anonymous, 0, "", yield); err != nil {
				return err
			}
		}
		after = "u"
	}
	i, _ := slices.BinarySearch(users, feed.UserID(after[1:])+"\x00")
	for users = users[i:]; len(users) > 0; users = users[min(readersChunk, len(users)):] {
		chunk := users[:min(readersChunk, len(users))]
		rs, err := s.readReaders(ctx, chunk)
		if err != nil {
			return err
		}
		for j, user := range chunk {
			if err := s.readFacts(ctx, user, rs[4*j:4*j+4], after, yield); err != nil {
				return err
			}
			after = "u" + string(user)
		}
	}
	return nil
}

// users finds the ids of all readers of whom something is kept, ascending.
func (s *Store) users(ctx context.Context) ([]feed.UserID, error) {
	found := map[feed.UserID]struct{}{}
	for _, node := range s.client.Nodes() {
		role, err := s.ask(ctx, node, node.B().Role().Build()).ToArray()
		if err != nil {
			return nil, failed(err, "asking a server for its role")
		}
		if name, _ := role[0].ToString(); name != "master" {
			continue
		}
		for cursor := uint64(0); ; {
			e, err := s.ask(ctx, node, node.B().Scan().Cursor(cursor).Match(escapeGlob(s.cfg.Prefix)+"{*").Count(scanCount).Build()).AsScanEntry()
			if err != nil {
				return nil, failed(err, "looking for readers")
			}
			for _, key := range e.Elements {
				if user, ok := s.userOf(key); ok {
					found[user] = struct{}{}
				}
			}
			if cursor = e.Cursor; cursor == 0 {
				break
			}
		}
	}
	users := make([]feed.UserID, 0, len(found))
	for user := range found {
		users = append(users, user)
	}
	slices.Sort(users)
	return users, nil
}

func (s *Store) ask(ctx context.Context, node rueidis.Client, c rueidis.Completed) rueidis.RedisResult {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	return node.Do(ctx, c)
}

// userOf is the reader, not the anonymous one, whose state or marks a key has.
func (s *Store) userOf(key string) (feed.UserID, bool) {
	rest, ok := strings.CutPrefix(key, s.cfg.Prefix+"{")
	_, rest, tagged := strings.Cut(rest, "}")
	if !ok || !tagged || len(rest) < len("r:")+1 || rest[1] != ':' || (rest[0] != 'r' && rest[0] != 'k') {
		return "", false
	}
	user := feed.UserID(rest[2:])
	return user, key == s.names.reader(s.names.partition(user), rest[:1], user)
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(s)
}

// readReaders reads of each reader the state, what was acted on, and the first
// marks and pages' names.
func (s *Store) readReaders(ctx context.Context, users []feed.UserID) ([]rueidis.RedisResult, error) {
	var cs []rueidis.Completed
	b := s.client.B()
	for _, user := range users {
		p := s.names.partition(user)
		cs = append(cs,
			b.Get().Key(s.names.reader(p, "r", user)).Build(),
			b.Get().Key(s.names.reader(p, "d", user)).Build(),
			s.marksFrom(p, user, 0), s.pagesFrom(p, user, 0))
	}
	rs := s.doMulti(ctx, cs)
	for _, r := range rs {
		if err := r.Error(); err != nil && !rueidis.IsRedisNil(err) {
			return nil, failed(err, "reading what is kept of readers")
		}
	}
	return rs, nil
}

func (s *Store) marksFrom(p int, user feed.UserID, from int64) rueidis.Completed {
	return s.client.B().Zrange().Key(s.names.reader(p, "k", user)).Min(digits(from)).Max(digits(from + marksChunk - 1)).Withscores().Build()
}

func (s *Store) pagesFrom(p int, user feed.UserID, from int64) rueidis.Completed {
	return s.client.B().Zrange().Key(s.names.reader(p, "s", user)).Min(digits(from)).Max(digits(from + pagesChunk - 1)).Build()
}

// readFacts yields a reader's facts, given what readReaders read.
func (s *Store) readFacts(ctx context.Context, user feed.UserID, rs []rueidis.RedisResult, mark string, yield func(*store.Fact, string) error) error {
	state, _ := rs[0].ToString()
	packed, _ := rs[1].ToString()
	if len(state) > versionDigits || packed != "" {
		h := new(store.History)
		var err error
		if h.Acts, err = unpackActs(state[min(versionDigits, len(state)):]); err != nil {
			return err
		}
		if h.Acted, err = unpackArticles(nil, packed); err != nil {
			return err
		}
		if err := yield(&store.Fact{User: user, History: h}, mark); err != nil {
			return err
		}
	}
	p := s.names.partition(user)
	n, err := yieldMarks(rs[2], user, mark, yield)
	if err == nil && n == marksChunk {
		err = s.readMarks(ctx, p, user, marksChunk, mark, yield)
	}
	for from := int64(0); err == nil; from += pagesChunk {
		r := rs[3]
		if from > 0 {
			r = s.do(ctx, s.pagesFrom(p, user, from))
		}
		if n, err = s.yieldPages(ctx, p, user, r, mark, yield); n < pagesChunk {
			break
		}
	}
	return err
}

// readMarks yields a reader's marks from one on.
func (s *Store) readMarks(ctx context.Context, p int, user feed.UserID, from int64, mark string, yield func(*store.Fact, string) error) error {
	for ; ; from += marksChunk {
		n, err := yieldMarks(s.do(ctx, s.marksFrom(p, user, from)), user, mark, yield)
		if err != nil || n < marksChunk {
			return err
		}
	}
}

func yieldMarks(r rueidis.RedisResult, user feed.UserID, mark string, yield func(*store.Fact, string) error) (int, error) {
	scores, err := r.AsZScores()
	if err != nil && !rueidis.IsRedisNil(err) {
		return 0, failed(err, "reading marks")
	}
	for _, z := range scores {
		m := &store.Mark{At: feed.Millis(z.Score)}
		if copy(m.Key[:], z.Member) != len(m.Key) {
			return 0, feed.Errorf(feed.Internal, "stored mark %x is none", z.Member)
		}
		if err := yield(&store.Fact{User: user, Mark: m}, mark); err != nil {
			return 0, err
		}
	}
	return len(scores), nil
}

// yieldPages yields the pages of given names and returns how many names there
// were.
func (s *Store) yieldPages(ctx context.Context, p int, user feed.UserID, r rueidis.RedisResult, mark string, yield func(*store.Fact, string) error) (int, error) {
	names, err := r.AsStrSlice()
	if err != nil && !rueidis.IsRedisNil(err) {
		return 0, failed(err, "reading pages")
	}
	if len(names) == 0 {
		return 0, nil
	}
	for i := range names {
		if len(names[i]) < pageName {
			return 0, feed.Errorf(feed.Internal, "stored page's name is %d bytes long", len(names[i]))
		}
		names[i] = names[i][:pageName]
	}
	bodies, err := s.do(ctx, s.client.B().Hmget().Key(s.names.reader(p, "p", user)).Field(names...).Build()).ToArray()
	if err != nil {
		return 0, failed(err, "reading pages")
	}
	for i := range bodies {
		body, err := bodies[i].ToString()
		if rueidis.IsRedisNil(err) {
			continue
		}
		if err != nil {
			return 0, failed(err, "reading pages")
		}
		page, err := store.DecodePage([]byte(body))
		if err == nil {
			err = yield(&store.Fact{User: user, Page: page}, mark)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(names), nil
}

// given is what of some facts goes to one partition.
type given struct {
	call    call
	readers map[feed.UserID]string // to their numbers
}

// TakeFacts is as the contract says.
func (s *Store) TakeFacts(ctx context.Context, facts []store.Fact) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	parts := map[int]*given{}
	for i := range facts {
		f := &facts[i]
		p := s.names.partition(f.User)
		if f.Mark != nil {
			p = s.names.partitionOf(&feed.Signal{User: f.User, Key: f.Mark.Key})
		}
		g := parts[p]
		if g == nil {
			g = &given{call{&s.scripts.facts, []string{s.names.of(p, "meta"), s.names.of(p, "times")}, []string{digits(keyLife.Milliseconds())}}, map[feed.UserID]string{}}
			parts[p] = g
		}
		number, known := g.readers[f.User]
		if !known {
			number = digits(len(g.readers))
			g.readers[f.User] = number
			for _, kind := range []string{"r", "d", "k", "s", "p"} {
				g.call.keys = append(g.call.keys, s.names.reader(p, kind, f.User))
			}
		}
		g.call.args = append(append(g.call.args, number, string(f.User)), factArgs(f)...)
	}
	for _, g := range parts {
		if _, err := s.write(ctx, g.call, "taking what is kept of readers"); err != nil {
			return err
		}
	}
	return nil
}

// factArgs is a fact as the script has it: kind and four parts.
func factArgs(f *store.Fact) []string {
	switch {
	case f.History != nil:
		var acted []byte
		for _, id := range f.History.Acted {
			acted = binary.AppendUvarint(acted, uint64(id))
		}
		var acts []byte
		for i := range f.History.Acts {
			acts = packAct(acts, f.History.Acts[i])
		}
		return []string{"h", rueidis.BinaryString(acts), rueidis.BinaryString(acted), "", ""}
	case f.Mark != nil:
		return []string{"m", digits(f.Mark.At), string(f.Mark.Key[:]), "", ""}
	}
	p := f.Page
	return []string{
		"p", digits(p.Stamp), string(appendPageName(nil, p.Channel, p.Stamp)),
		rueidis.BinaryString(packArticles(nil, p.Places)), rueidis.BinaryString(store.AppendPage(nil, p)),
	}
}

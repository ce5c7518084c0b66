package store

import (
	"context"
	"encoding/binary"

	"readnext/internal/feed"
)

// Moving is kept by stores whose whole state can be copied into another one.
// Articles, signing keys and the log are read by their own contracts. What is
// taken twice is there once, so a copy that broke off goes on from any place
// before the break.
type Moving interface {
	// ReadFacts calls yield with all that is kept of readers, in an order that
	// stays while nothing is written. After a mark that came with a fact, it
	// gives at least what had not been given by then; after "" all. It returns
	// yield's error.
	ReadFacts(ctx context.Context, after string, yield func(f *Fact, mark string) error) error
	// BeginMove returns the note that NoteMove kept, or "" if the store holds
	// nothing. A store that holds something and has no note is [feed.Invalid].
	BeginMove(ctx context.Context) (note string, err error)
	// NoteMove keeps a note, which is not empty; what was taken before is
	// durable when it returns. From now on the store cannot be opened to be
	// served from.
	NoteMove(ctx context.Context, note string) error
	// TakeKeys, TakeArticles and TakeFacts put what another store holds, and
	// log nothing.
	TakeKeys(ctx context.Context, keys []feed.SigningKey) error
	TakeArticles(ctx context.Context, articles []feed.Article) error
	TakeFacts(ctx context.Context, facts []Fact) error
	// TakeLog makes entries the first-th of the log, counted from 1, and those
	// that follow. A signal's acts are not recorded: they are facts. Those
	// that are there stay as they are; leaving a gap is [feed.Invalid].
	TakeLog(ctx context.Context, first uint64, entries []feed.Entry) error
	// EndMove drops the note: the copy is whole.
	EndMove(ctx context.Context) error
}

// ErrUnfinished is the error of opening a store that holds a part of a copy.
var ErrUnfinished = feed.Errorf(feed.Invalid, "a copy into this store was not finished; run it again")

// Fact is something that is kept of a reader: one of History, Page and Mark is
// set.
type Fact struct {
	User    feed.UserID
	History *History
	Page    *feed.Page
	Mark    *Mark
}

// History is what a reader did: the latest acts, at most [feed.MaxActs] and
// oldest first, and every article acted on, in the order of its first act.
type History struct {
	Acts  []feed.Act
	Acted []feed.ArticleID
}

// Mark says that a signal was counted, at a time.
type Mark struct {
	Key feed.Key
	At  feed.Millis
}

// AppendFact appends what a fact says, in bytes that are equal for equal facts;
// no store keeps them.
func AppendFact(dst []byte, f *Fact) []byte {
	dst = appendText(dst, f.User)
	switch {
	case f.History != nil:
		dst = binary.AppendUvarint(dst, uint64(len(f.History.Acted)))
		for _, id := range f.History.Acted {
			dst = binary.AppendUvarint(dst, uint64(id))
		}
		return AppendActs(dst, f.History.Acts...)
	case f.Page != nil:
		return AppendPage(dst, f.Page)
	case f.Mark != nil:
		return binary.AppendVarint(append(dst, f.Mark.Key[:]...), int64(f.Mark.At))
	}
	panic("store: an empty fact")
}

// Package store says what readnext needs of a store, in contracts small enough
// to be kept by an embedded key-value store and by Redis alike, and holds the
// encoding of what is stored.
//
// Every contract is proved by one suite, storetest. Implementations are named
// by technology: pebblestore.
//
// Facts about a reader live here: profile, pages, marks of what was counted.
// Whatever can be rebuilt from the log lives in the models, of which a store
// keeps snapshots.
//
// Durable means: a method that changes something returns after the change is
// synced to the disk, so that it outlives a power cut. [Readers.PutPage] is the
// exception: its change outlives a killed process at once, and a power cut
// after 100 ms at the latest.
//
// Times are passed in; a store reads no clock. All methods may be called
// concurrently. Errors are of kind [feed.Unavailable] when the store cannot
// answer or write at present, which a context that is over is too (its error is
// wrapped), and [feed.ErrConflict] where a contract says so. A change that ended
// with [feed.Unavailable] may have been made: a signal given again is then a
// duplicate.
package store

import (
	"context"
	"io"

	"readnext/internal/feed"
)

// Store is all of the contracts in one place.
type Store interface {
	Articles
	Readers
	Signals
	Log
	Keys
	Snapshots
	// Close waits for writes under way and releases the store. Nothing may be
	// called afterwards.
	Close() error
}

// Articles keeps the catalogue. Every change also goes into the log, in the
// same write.
type Articles interface {
	// PutArticles creates or replaces articles, in order, and returns for each
	// whether it is new. Articles are valid and normalized.
	PutArticles(ctx context.Context, articles []feed.Article) (created []bool, at feed.Position, err error)
	// WithdrawArticles marks articles withdrawn and returns for each id
	// whether there is such an article. Withdrawing twice is no error.
	WithdrawArticles(ctx context.Context, ids []feed.ArticleID) (known []bool, at feed.Position, err error)
	// Articles returns the known ones of the ids, in their order, withdrawn
	// and expired ones included.
	Articles(ctx context.Context, ids []feed.ArticleID) ([]feed.Article, error)
	// ListArticles returns up to max articles with ids above after, ascending.
	ListArticles(ctx context.Context, after feed.ArticleID, max int) ([]feed.Article, error)
}

// Readers keeps profiles and pages.
type Readers interface {
	// Profile returns what is kept of a reader as of now, which decides what
	// was served within [feed.ServedWindow]: pages of stamps at or after now
	// minus the window, so pages of times after now count as served too. It
	// never fails for an unknown reader; the anonymous one's is empty.
	Profile(ctx context.Context, user feed.UserID, now feed.Millis) (*feed.Profile, error)
	// PutPage stores a page as the newest of its reader and channel, if the
	// profile's version still is the one given; else it changes nothing and
	// returns [feed.ErrConflict]. The page's stamp is above that of the
	// newest page, which the version vouches for. Pages of the anonymous
	// reader are [feed.Invalid].
	PutPage(ctx context.Context, page *feed.Page, version uint64) error
	// PageAt returns the newest page of a reader on a channel whose stamp is
	// at or before at and at or after oldest, nil if there is none.
	PageAt(ctx context.Context, user feed.UserID, channel feed.ChannelID, at, oldest feed.Millis) (*feed.Page, error)
	// Forget erases a reader: profile, pages, marks, and the reader's signals
	// in the log, where a [feed.Entry] with Forgotten is left. A refresh that
	// read the profile before fails its compare-and-set. Forgetting the
	// anonymous reader is [feed.Invalid].
	Forget(ctx context.Context, user feed.UserID) (feed.Position, error)
	// Prune removes pages and marks of times before the given one and returns
	// how many it removed. A store that several processes share keeps those
	// that are not [feed.PageLife] old by its own clock, whatever the time given.
	Prune(ctx context.Context, before feed.Millis) (int, error)
}

// Outcome says what became of a signal.
type Outcome uint8

const (
	// Accepted is a signal that counts from now on.
	Accepted Outcome = iota
	// Duplicate is a signal whose key was there already.
	Duplicate
)

// Signals takes what readers did.
type Signals interface {
	// AppendSignals writes each signal whose key is new to its reader: its
	// entry into the log, its acts into the reader's history, and a mark of
	// its key with the time now. Each signal is written whole or not at all.
	// A key that comes twice in one call is a duplicate the second time.
	// Signals of the anonymous reader leave no history, but marks; a zero key
	// leaves no mark and is never a duplicate. The position covers duplicates'
	// first writes too, which are durable when the call returns.
	AppendSignals(ctx context.Context, signals []feed.Signal, now feed.Millis) (outcomes []Outcome, at feed.Position, err error)
}

// Log is the order of all changes that models learn from.
type Log interface {
	// ReadLog returns up to max entries after a position, in log order, and
	// the position after the last of them; fewer only if there are no more
	// yet. An entry that was erased is skipped. Entries may show before they
	// are durable: SaveSnapshot waits for those. A position that this log did
	// not give out is [feed.Invalid].
	ReadLog(ctx context.Context, after feed.Position, max int) (entries []feed.Entry, next feed.Position, err error)
	// WaitLog returns when there may be something after a position, or with
	// ctx's error.
	WaitLog(ctx context.Context, after feed.Position) error
	// Covers reports whether a fold that reached at has folded everything that
	// a write which returned want has written.
	Covers(at, want feed.Position) bool
}

// Keys keeps the keys that sign params.
type Keys interface {
	// SigningKeys returns all keys, ascending by id.
	SigningKeys(ctx context.Context) ([]feed.SigningKey, error)
	// AddSigningKey adds a key. The id must be above 0 and no other key's, else it
	// returns [feed.ErrConflict].
	AddSigningKey(ctx context.Context, key feed.SigningKey) error
	// DropSigningKeys removes keys that were created before a time, never the one
	// of the highest id.
	DropSigningKeys(ctx context.Context, before feed.Millis) error
}

// Snapshots keeps copies of the models, so that a start need not fold the whole
// log. Content and checks are the writer's affair.
type Snapshots interface {
	// SaveSnapshot keeps what write writes as the newest snapshot and drops
	// older ones but one. On error the newest snapshot stays what it was;
	// write's own error is returned as it is. Every log entry that could be
	// read before is durable when the snapshot is.
	SaveSnapshot(ctx context.Context, write func(io.Writer) error) error
	// LoadSnapshot calls read with each snapshot, newest first, until one call
	// returns nil. It returns [feed.NotFound] when none did.
	LoadSnapshot(ctx context.Context, read func(io.Reader) error) error
	// DropSnapshots removes all snapshots but the newest.
	DropSnapshots(ctx context.Context) error
}

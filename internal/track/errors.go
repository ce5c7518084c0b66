package track

import "readnext/internal/feed"

// What [Keyring.Verify] finds wrong with a param. Each is of kind
// [feed.Invalid] and its text fits a rejected row.
var (
	// ErrMalformed is a param that no key could have made.
	ErrMalformed = &feed.Error{Kind: feed.Invalid, Field: "param", Msg: "is malformed; send it back verbatim"}
	// ErrForged is a param whose signature is not its content's.
	ErrForged = &feed.Error{Kind: feed.Invalid, Field: "param", Msg: "has a signature that does not match"}
	// ErrExpired is a param of a page older than [feed.PageLife].
	ErrExpired = &feed.Error{Kind: feed.Invalid, Field: "param", Msg: "is of a page more than 90 days old"}
	// ErrUnknownKey is a param whose key is not in the ring: a caller may
	// load the keys again and retry.
	ErrUnknownKey = &feed.Error{Kind: feed.Invalid, Field: "param", Msg: "is signed with an unknown key"}
	// ErrAhead is a genuine param of a page whose stamp lies more than
	// [feed.MaxAhead] after the clock. Our own signature says that some
	// clock of ours jumped, so nothing is learned from it.
	ErrAhead = &feed.Error{Kind: feed.Invalid, Field: "param", Msg: "is of a page more than a day ahead of the server's clock"}
)

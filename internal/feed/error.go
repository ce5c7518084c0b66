package feed

import (
	"errors"
	"fmt"
)

// Kind says what went wrong, in the few ways a caller can act upon.
type Kind uint8

const (
	// Internal is a fault of ours.
	Internal Kind = iota
	// Invalid is an argument that can never be accepted.
	Invalid
	// NotFound names something that does not exist.
	NotFound
	// Conflict is a compare-and-set that lost: read again, then retry.
	Conflict
	// Unavailable is a passing failure: the same call may succeed later.
	Unavailable
	// Exhausted is a limit that was reached.
	Exhausted
)

func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Unavailable:
		return "unavailable"
	case Exhausted:
		return "exhausted"
	}
	return "internal"
}

// Error is the one error type whose kind crosses floors. Field names the
// argument that was wrong, in the words of the contract, or is empty.
type Error struct {
	Kind  Kind
	Field string
	Msg   string
	Err   error // wrapped cause, or nil
}

func (e *Error) Error() string {
	s := e.Msg
	if e.Field != "" {
		s = e.Field + " " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Invalidf makes an [Invalid] error about a field; the text continues a
// sentence that begins with the field's name.
func Invalidf(field, format string, args ...any) error {
	return &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// Errorf makes an error of a kind. It does not wrap; use [Wrap] for that.
func Errorf(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Wrap gives err a kind and says what was being done.
func Wrap(kind Kind, err error, doing string) error {
	return &Error{Kind: kind, Msg: doing, Err: err}
}

// KindOf returns the kind of the outermost [Error] in err's chain, [Internal]
// if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// ErrConflict is what stores answer to a compare-and-set that lost.
var ErrConflict = &Error{Kind: Conflict, Msg: "the reader's state changed meanwhile"}

package server

import (
	"math/rand/v2"
	"strconv"
)

const requestIDHeader = "X-Request-Id"

// maxRequestID bounds what a caller can make us write into our log.
const maxRequestID = 64

// requestID takes over a caller's id if it is short and plain, else makes one.
func requestID(given string) string {
	if given == "" || len(given) > maxRequestID {
		return newRequestID()
	}
	for i := range len(given) {
		c := given[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/', c == '=', c == '+':
		default:
			return newRequestID()
		}
	}
	return given
}

// newRequestID tells requests apart in a log; it is no secret.
func newRequestID() string {
	var b [16]byte
	return string(strconv.AppendUint(b[:0], rand.Uint64()|1<<63, 16))
}

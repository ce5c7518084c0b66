package server

import (
	"bytes"
	"strings"
)

// head is what the door knows of a request from its first bytes.
type head struct {
	path   []byte // "" if the request is none that the door would refuse
	id     []byte // of X-Request-Id
	length int64  // of the request in bytes, with its body
}

// parseHead reads a request's head; b begins with it. It returns false for what
// is not one, is not all there, or leaves any doubt about where the request ends:
// it is stricter than net/http, which has the last word on what it passes on.
func parseHead(b []byte) (h head, ok bool) {
	line, rest, ok := headLine(b)
	if !ok {
		return h, false
	}
	if path, ok := bytes.CutPrefix(line, []byte("POST ")); ok {
		if path, ok = bytes.CutSuffix(path, []byte(" HTTP/1.1")); ok {
			h.path = path
		}
	}
	lengths := 0
	var body int64
	for {
		if line, rest, ok = headLine(rest); !ok {
			return h, false
		}
		if len(line) == 0 {
			h.length = int64(len(b)-len(rest)) + body
			return h, true
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.IndexByte(line[:colon], ' ') >= 0 || bytes.IndexByte(line[:colon], '\t') >= 0 {
			return h, false // net/http refuses it, too
		}
		switch name := line[:colon]; len(name) {
		case len("Content-Length"):
			if isName(name, "Content-Length") {
				if body, ok = digits(value(line, colon)); !ok || lengths > 0 {
					return h, false
				}
				lengths++
			}
		case len("Transfer-Encoding"):
			if isName(name, "Transfer-Encoding") {
				return h, false
			}
		case len(requestIDHeader):
			if h.id == nil && isName(name, requestIDHeader) {
				h.id = value(line, colon)
			}
		case len("Connection"):
			if isName(name, "Connection") && !isName(value(line, colon), "keep-alive") {
				h.path = nil
			}
		case len("Upgrade"), len("Expect"):
			if isName(name, "Upgrade") || isName(name, "Expect") {
				h.path = nil
			}
		}
	}
}

// headLine cuts off a line, which ends in CRLF.
func headLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 1 || b[i-1] != '\r' {
		return nil, nil, false
	}
	return b[:i-1], b[i+1:], true
}

func value(line []byte, colon int) []byte { return bytes.Trim(line[colon+1:], " \t") }

func isName(b []byte, name string) bool { return strings.EqualFold(string(b), name) }

// digits reads a number of at most twelve digits.
func digits(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 12 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, true
}

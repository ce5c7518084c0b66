package server

import (
	"bytes"
	"strings"
)

// head is what the door knows of a request from its first bytes.
type head struct {
	path   []byte // "" if the request is none for the door
	id     part   // X-Request-Id's value
	size   part   // Content-Length's
	end    int    // where the body begins
	length int64  // of the request in bytes, with its body
}

// part is some of a request's bytes, empty if it has none such.
type part struct{ from, to int }

func (p part) of(b []byte) []byte { return b[p.from:p.to] }

// parseHead reads a request's head; b begins with it. It returns false for what
// is not one, is not all there, or leaves any doubt about where the request ends
// or whether it is one: it is stricter than net/http, which has the last word on
// what it passes on, and whatever net/http refuses is false here.
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
	var lengths, hosts, ids int
	var body int64
	for {
		at := len(b) - len(rest)
		if line, rest, ok = headLine(rest); !ok {
			return h, false
		}
		if len(line) == 0 {
			h.end = len(b) - len(rest)
			h.length = int64(h.end) + body
			return h, hosts == 1
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !madeOf(line[:colon], "-!#$%&'*+.^_`|~") { // a token of RFC 9110
			return h, false
		}
		switch name := line[:colon]; len(name) {
		case len("Host"):
			if isName(name, "Host") {
				if !madeOf(value(line, colon), "-.:_[]") {
					return h, false
				}
				hosts++
			}
		case len("Content-Length"):
			if isName(name, "Content-Length") {
				h.size = partOf(line, colon, at)
				if body, ok = digits(h.size.of(b)); !ok || lengths > 0 {
					return h, false
				}
				lengths++
			}
		case len("Transfer-Encoding"):
			if isName(name, "Transfer-Encoding") {
				return h, false
			}
		case len(requestIDHeader):
			if isName(name, requestIDHeader) {
				if ids++; ids == 1 { // the first, as the handler takes it
					h.id = partOf(line, colon, at)
				}
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

// headLine cuts off a line, which ends in CRLF and has no other control
// characters than tabs.
func headLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 1 || b[i-1] != '\r' {
		return nil, nil, false
	}
	line = b[:i-1]
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, nil, false
		}
	}
	return line, b[i+1:], true
}

// madeOf reports whether there is nothing but letters, digits and some others.
func madeOf(b []byte, others string) bool {
	for _, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte(others, c) >= 0:
		default:
			return false
		}
	}
	return true
}

func value(line []byte, colon int) []byte { return bytes.Trim(line[colon+1:], " \t") }

// partOf is where the value is, in a line that begins at a place.
func partOf(line []byte, colon, at int) part {
	from := len(line) - len(bytes.TrimLeft(line[colon+1:], " \t"))
	return part{at + from, at + from + len(value(line, colon))}
}

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

package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxRow is the longest row in bytes, without its line end.
const maxRow = 1 << 20

var errLongRow = errors.New("row is longer than 1 MiB")

// lines reads a file line by line, over lines of any length.
type lines struct {
	r      *bufio.Reader
	number int64 // of the line last read, from 1
	size   int64 // of the line last read, with its end
}

func newLines(r io.Reader) *lines {
	return &lines{r: bufio.NewReaderSize(r, maxRow+len("\r\n"))}
}

// next returns the next line without its end, without blanks around it, and
// without the byte order mark of a file; it is valid until the next call. Of a
// line that is too long it returns errLongRow and goes on behind it.
func (l *lines) next() ([]byte, error) {
	row, err := l.r.ReadSlice('\n')
	if len(row) == 0 && err != nil {
		return nil, err
	}
	l.number++
	l.size = int64(len(row))
	long := false
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		row, err = l.r.ReadSlice('\n')
		l.size += int64(len(row))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	row = bytes.TrimSuffix(bytes.TrimSuffix(row, []byte("\n")), []byte("\r"))
	if long || len(row) > maxRow {
		return nil, errLongRow
	}
	if l.number == 1 {
		row = bytes.TrimPrefix(row, []byte("\xef\xbb\xbf"))
	}
	return bytes.Trim(row, " \t\r"), nil
}

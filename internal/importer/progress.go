package importer

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress is how far an import is.
type Progress struct {
	Bytes    int64 // of the input that is done with
	Rows     int64 // answered
	Rejected int64 // of these, not taken
	Done     bool  // there is no more to come
}

func progressOf(s *Summary, done bool) Progress {
	return Progress{Bytes: s.Bytes, Rows: s.Answered(), Rejected: s.Rejected(), Done: done}
}

// Bar returns a function for [Run] that draws a progress bar on w, a terminal,
// for an input of total bytes; -1 when that is unknown. It clears the bar at
// the end.
func Bar(w io.Writer, total int64) func(Progress) {
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30),
		progressbar.OptionClearOnFinish(),
	)
	return func(p Progress) {
		text := fmt.Sprintf("%d rows", p.Rows)
		if p.Rejected > 0 {
			text += fmt.Sprintf(", %d rejected", p.Rejected)
		}
		bar.Describe(text)
		// A bar that cannot be drawn is no reason to stop an import.
		_ = bar.Set64(p.Bytes)
		if p.Done {
			_ = bar.Clear()
		}
	}
}

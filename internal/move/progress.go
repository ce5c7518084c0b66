package move

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Bar returns a function for [Run] that draws on w, a terminal, how far the copy
// is, and one that clears it.
func Bar(w io.Writer) (show func(Progress), done func()) {
	bar := progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowElapsedTimeOnFinish(),
		progressbar.OptionClearOnFinish(),
	)
	return func(p Progress) {
			bar.Describe(fmt.Sprintf("%s: %d", p.Doing, p.Rows))
			// A bar that cannot be drawn is no reason to stop a copy.
			_ = bar.Add(1)
		}, func() {
			_ = bar.Clear()
		}
}

// Lines returns a function for [Run] that writes a line whenever something else
// is begun.
func Lines(w io.Writer) func(Progress) {
	last := ""
	return func(p Progress) {
		if p.Doing != last {
			last = p.Doing
			_, _ = fmt.Fprintln(w, p.Doing)
		}
	}
}

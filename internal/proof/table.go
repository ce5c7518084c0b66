package proof

import (
	"fmt"
	"strings"
	"time"
)

// Row is what one fault did.
type Row struct {
	Fault      string
	Times      int
	Calls      Sum
	Violations int
	Note       string
}

// Table is rows as a markdown table.
func Table(rows []Row) string {
	var b strings.Builder
	b.WriteString("| fault | times | calls | attempts that failed | calls that failed | degraded pages | longest stall | violations | |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %v | %d | %s |\n", r.Fault, r.Times, r.Calls.Calls, r.Calls.Repeated,
			r.Calls.Failed, r.Calls.Degraded, r.Calls.Longest.Round(time.Millisecond), r.Violations, r.Note)
	}
	return b.String()
}

package suite

import (
	"encoding/json"
	"io"
	"time"

	"readnext/internal/bench"
)

// Result is what was measured. Figures are medians of rounds; times are in
// milliseconds unless their name says otherwise.
type Result struct {
	Started time.Time `json:"started"`
	CPUs    int       `json:"cpus"`
	Go      string    `json:"go"`
	World   World     `json:"world"`
	Num     int32     `json:"articles_a_page"`
	Conns   int       `json:"connections"`
	Rounds  int       `json:"rounds"`
	Seconds float64   `json:"seconds_a_round"`

	PageBytes int        `json:"page_bytes"` // of the bare server's page, protobuf
	Fills     []Fill     `json:"fills"`
	Starts    []Start    `json:"starts"`
	Warms     []Warm     `json:"warms"`
	Pages     []Pages    `json:"pages"`
	Overloads []Overload `json:"overloads"`
	Writes    []Write    `json:"writes"`
	Effect    Effect     `json:"effect"`
	Sizes     []Size     `json:"sizes"`
	Left      []Left     `json:"left_out,omitempty"`
	Shows     []Show     `json:"shows"`
	Growth    []Growth   `json:"growth,omitempty"`
	Took      []Part     `json:"took"`
}

// Part is how long a part of the measurement took, in seconds.
type Part struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Left is a target that was not measured, and why.
type Left struct {
	Target string `json:"target"`
	Why    string `json:"why"`
}

// Fill is how fast a target was filled, by batches of 1,000 rows from four
// connections, until all was durable and in the models, and what that left on
// disk, logs included.
type Fill struct {
	Target            string  `json:"target"`
	ArticlesPerSecond float64 `json:"articles_per_s"`
	EventsPerSecond   float64 `json:"events_per_s"`
	BytesPerArticle   float64 `json:"disk_bytes_per_article"`
	BytesPerReader    float64 `json:"disk_bytes_per_reader"` // with their events
}

// Start is how long a filled server took until it was ready.
type Start struct {
	Target  string    `json:"target"`
	From    string    `json:"from"` // snapshot, shared snapshot or log
	Seconds []float64 `json:"seconds"`
}

// Pages is how a target serves pages in one encoding.
type Pages struct {
	Target   string    `json:"target"`
	Encoding string    `json:"encoding"`
	Rates    []float64 `json:"per_s_by_round"`
	Rate     float64   `json:"per_s"`
	ToBare   float64   `json:"ratio_to_bare"` // median of the rounds' ratios
	CPU      float64   `json:"cpu_us"`        // a request, of the target's processes
	Allocs   float64   `json:"allocs"`        // a request
	Bytes    float64   `json:"alloc_bytes"`   // a request
	OwnCPU   float64   `json:"generator_cpu_us"`
	P50      float64   `json:"p50_ms"`
	P99      float64   `json:"p99_ms"`
	Bad      Bad       `json:"bad"`
	Open     []Open    `json:"open"`
}

// Bad counts what was not answered well, over all rounds.
type Bad struct {
	Shed   int    `json:"shed"`
	Failed int    `json:"failed"`
	Wrong  int    `json:"wrong"`
	First  string `json:"first,omitempty"`
}

func (b *Bad) add(r *bench.Round) {
	b.Shed += r.Shed
	b.Failed += r.Failed
	b.Wrong += r.Wrong
	if b.First == "" {
		b.First = r.FirstBad
	}
}

// Open is latency at a share of saturation, in an open loop.
type Open struct {
	Share    float64 `json:"share_of_saturation"`
	Rate     float64 `json:"due_per_s"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	P999     float64 `json:"p99_9_ms"`
	Requests int     `json:"requests"`
	Answered int     `json:"good"`
	Bad      Bad     `json:"bad"`
}

// Overload is an open loop at a multiple of saturation, with a processor for the
// server and the others for the generator.
type Overload struct {
	Target   string  `json:"target"`
	Times    float64 `json:"times_saturation"`
	Peak     float64 `json:"peak_per_s"` // in a closed loop, likewise
	Good     float64 `json:"good_per_s"`
	OfPeak   float64 `json:"of_peak"`
	P50      float64 `json:"p50_ms"` // of good answers
	P99      float64 `json:"p99_ms"`
	Requests int     `json:"requests"`
	Answered int     `json:"good"`
	Bad      Bad     `json:"bad"`
}

// Write is how fast writes are durable and in the models.
type Write struct {
	Target string  `json:"target"`
	Name   string  `json:"name"`
	Batch  int     `json:"batch"`
	Rate   float64 `json:"rows_per_s"`
	ToBare float64 `json:"requests_to_bare"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	CPU    float64 `json:"cpu_us_a_row"`
	Bad    Bad     `json:"bad"`
}

// Effect is how long reports took to be durable and in the models, while pages
// were asked for at half of saturation; the very next preview is looked at.
type Effect struct {
	Reports   int     `json:"reports"`
	Reflected int     `json:"reflected"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

// Size is a target's memory, resident after pages were served and at its
// largest, and what it has on disk at the end.
type Size struct {
	Target       string  `json:"target"`
	Resident     int64   `json:"resident_bytes"`
	Peak         int64   `json:"peak_bytes"`
	Disk         int64   `json:"disk_bytes,omitempty"`
	BytesPerPage float64 `json:"disk_bytes_per_page,omitempty"`
}

// Growth is one server of the growth run.
type Growth struct {
	Axis     string  `json:"axis"` // what grows: articles, readers, channels, article_num, both
	World    World   `json:"world"`
	Num      int32   `json:"articles_a_page"`
	P50      float64 `json:"p50_us"` // one request at a time
	P99      float64 `json:"p99_us"`
	Rate     float64 `json:"per_s"` // at saturation
	Resident int64   `json:"resident_bytes"`
	Seconds  float64 `json:"fill_seconds"`
}

// WriteJSON writes the result.
func (r *Result) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

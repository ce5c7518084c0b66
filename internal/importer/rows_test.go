package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"readnext/internal/importer"
	"readnext/rpc/reco/v1"
)

func TestDecodeRow(t *testing.T) {
	for _, tt := range []struct {
		line string
		want proto.Message
		err  string
	}{
		{line: `{"user_id":"u","article_id":"5","action":"COLLECT","time":7,"channel_id":2,"read_time":"9","event_id":"e","x":[{}]}`,
			want: &recov1.Event{UserId: "u", ArticleId: 5, Action: recov1.Event_COLLECT, Time: 7, ChannelId: 2, ReadTime: 9, EventId: "e"}},
		{line: `{"userId":"u","articleId":5,"action":2}`,
			want: &recov1.Event{UserId: "u", ArticleId: 5, Action: recov1.Event_CLICK}},
		{line: `{"article_id":5,"channel_ids":[1,2],"publish_time":3,"title":"action","tags":["\"action\":"],"embedding":[0.5],"boost":2}`,
			want: &recov1.CatalogArticle{ArticleId: 5, ChannelIds: []int32{1, 2}, PublishTime: 3, Title: "action",
				Tags: []string{`"action":`}, Embedding: []float32{0.5}, Boost: 2}},
		{line: `{"article_id":1,"\u0061ction":"READ"}`, want: &recov1.Event{ArticleId: 1, Action: recov1.Event_READ}},
		{line: `{"article_id":1,"action":null}`, err: "action is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE"},
		{line: `{"article_id":1,"action":"LICK"}`, err: "action is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE"},
		{line: `{"user_id":"u","action":"CLICK"}`, err: "article_id is missing"},
		{line: `{}`, err: "article_id is missing"},
		{line: ` { "article_id" : -0 , "action" : "READ" } `, err: "article_id is missing"},
		{line: `{"article_id":1,"action":"READ","channel_id":3000000000}`, err: "channelId"},
		{line: `{"article_id":01,"action":"READ"}`, err: "no JSON object"},
		{line: `{"article_id":1,"action":"READ",}`, err: "no JSON object"},
		{line: `{"article_id":1,"action":"READ","time":9223372036854775807,"user_id":"a\"b"}`,
			want: &recov1.Event{UserId: `a"b`, ArticleId: 1, Action: recov1.Event_READ, Time: 9223372036854775807}},
		{line: `{"article_id":1.5}`, err: "articleId"},
		{line: `{"article_id":"x"}`, err: `invalid value for int64 field articleId: "x"`},
		{line: `{"article_id":99999999999999999999}`, err: "articleId"},
		{line: `{"article_id":1,"article_id":2}`, err: "duplicate field"},
		{line: `{"article_id":1,"tags":["` + strings.Repeat("x", 9999) + `",3]}`, err: "tags"},
		{line: `[1]`, err: "no JSON object"},
		{line: `{"article_id":1`, err: "row is no JSON object: unexpected end of JSON input"},
		{line: `{"article_id":1}{}`, err: "no JSON object"},
		{line: `null`, err: "null"},
		{line: "{\"article_id\":1,\"title\":\"\xff\"}", err: "UTF-8"},
		{line: strings.Repeat("[", 1<<19), err: "no JSON object"},
		{line: strings.Repeat(" ", 1<<20+1), err: "longer than 1 MiB"},
	} {
		row, err := importer.DecodeRow([]byte(tt.line))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%.80s: error %v, want %q", tt.line, err, tt.err)
			}
			continue
		}
		var got proto.Message = row.Article
		if row.Event != nil {
			got = row.Event
		}
		if err != nil || !proto.Equal(got, tt.want) {
			t.Errorf("%.80s: %v, %v", tt.line, got, err)
		}
	}
}

func FuzzDecodeRow(f *testing.F) {
	for _, line := range []string{
		articleRow(1), eventRow("u", 2, 3), `{"action":1}`,
		`{"user_id":"u","article_id":-12,"action":"READ","time":0,"channel_id":2,"read_time":5,"event_id":"e"}`,
		`{"article_id":"1","embedding":["NaN"]}`, `{`, ``, "\xff", `"\ud800"`,
		`{"article_id":1,"channel_ids":[1],"title":"\ud800"}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		row, err := importer.DecodeRow(line)
		if err != nil {
			text := err.Error()
			if !utf8.ValidString(text) || len(text) > 300 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("reason %q", text)
			}
			return
		}
		if (row.Article == nil) == (row.Event == nil) {
			t.Fatal("a row is either an article or an event")
		}
		var m proto.Message = row.Article
		if row.Event != nil {
			m = row.Event
		}
		if _, err := proto.Marshal(m); err != nil {
			t.Errorf("cannot be sent: %v", err)
		}
		want := m.ProtoReflect().New().Interface()
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(line, want); err != nil {
			t.Errorf("protojson would not take it: %v", err)
		}
		if !proto.Equal(m, want) {
			t.Errorf("row %v, by protojson %v", m, want)
		}
	})
}

func TestBadRowsAreReportedAndOthersTaken(t *testing.T) {
	s, url := serve(t)
	cfg, _ := config(url)
	file := strings.Join([]string{
		"\ufeff" + articleRow(1) + "\r",
		"\r",
		"",
		`{"article_id": 2}`,
		"not JSON",
		"{\"article_id\": 3, \"title\": \"\xff\"}",
		strings.Repeat("x", 1<<20+1),
		strings.Repeat("x", 5<<20),
		"  " + articleRow(4) + " \t",
		"\ufeff" + articleRow(5),
		eventRow("u", 1, -1),
		eventRow("u", 1, 1),
	}, "\n")
	sum := run(t, cfg, importer.Input{Name: "f.jsonl", Reader: iotest.HalfReader(strings.NewReader(file))})
	if sum.Rows != 10 || sum.Articles.Created != 2 || sum.Articles.Rejected != 1 || sum.Unreadable != 5 ||
		sum.Events.Accepted != 1 || sum.Events.Rejected != 1 || sum.Rejected() != 7 || sum.Answered() != 10 {
		t.Errorf("summary %+v", sum)
	}
	if s.articles[4] == nil || sum.Bytes != int64(len(file)) {
		t.Errorf("%d of %d bytes", sum.Bytes, len(file))
	}
	var got []string
	for _, r := range sum.Reasons {
		got = append(got, r.String())
	}
	want := []string{
		"f.jsonl:4: channel_ids is empty",
		"f.jsonl:5: row is no JSON object: invalid character 'o' in literal null (expecting 'u')",
		"f.jsonl:6: row is not valid UTF-8",
		"f.jsonl:7: row is longer than 1 MiB",
		"f.jsonl:8: row is longer than 1 MiB",
		"f.jsonl:10: row is no JSON object: invalid character 'ï' looking for beginning of value",
		"f.jsonl:11: time is negative?",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("reasons:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestFirstReasonsAreKept(t *testing.T) {
	_, url := serve(t)
	cfg, _ := config(url)
	cfg.Batch = 3
	var rows []string
	for i := range 100 {
		rows = append(rows, eventRow(fmt.Sprint(i), 1, -1), "junk")
	}
	sum := run(t, cfg, input("a", articleRow(1)), input("e", rows...))
	if len(sum.Reasons) != 20 || sum.Rejected() != 200 {
		t.Fatalf("%d reasons of %d", len(sum.Reasons), sum.Rejected())
	}
	for i, r := range sum.Reasons {
		if r.Line != int64(i+1) || r.File != "e" {
			t.Errorf("reason %d is %v", i, r)
		}
	}
}

func TestFileThatFails(t *testing.T) {
	_, url := serve(t)
	cfg, _ := config(url)
	broken := io.MultiReader(strings.NewReader(articleRow(1)+"\n"), iotest.ErrReader(errors.New("disk on fire")))
	_, err := importer.Run(t.Context(), cfg, []importer.Input{{Name: "f", Reader: broken}}, nil)
	if err == nil || !strings.Contains(err.Error(), "f:1: disk on fire") {
		t.Errorf("error %v", err)
	}
}

func ExampleSummary_Print() {
	s := importer.Summary{Rows: 41_000, Unreadable: 2, Bytes: 4_700_000, Elapsed: 2 * time.Second}
	s.Articles.Created, s.Articles.Updated = 9000, 740
	s.Events.Accepted, s.Events.Duplicate, s.Events.Rejected = 31_000, 257, 1
	s.Reasons = []importer.Reason{
		{File: "events.jsonl", Line: 7, Text: "action is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE"},
		{File: "events.jsonl", Line: 12, Text: "row is not valid UTF-8"},
	}
	var b bytes.Buffer
	if err := s.Print(&b); err != nil {
		fmt.Println(err)
	}
	fmt.Print(b.String())
	// Output:
	// rows      41000 in 2s, 20500 rows/s, 2.4 MB/s
	// articles  9000 created, 740 updated, 0 rejected
	// events    31000 accepted, 257 duplicate, 1 rejected
	// unreadable 2
	//   events.jsonl:7: action is missing or none of EXPOSURE, CLICK, READ, COLLECT, SHARE, DISLIKE
	//   events.jsonl:12: row is not valid UTF-8
	//   and 1 more; 3 rows were not taken in all
}

func TestBar(t *testing.T) {
	var w bytes.Buffer
	bar := importer.Bar(&w, 1000)
	bar(importer.Progress{Bytes: 500, Rows: 10, Rejected: 2})
	if !strings.Contains(w.String(), "10 rows, 2 rejected") {
		t.Errorf("bar %q", w.String())
	}
	bar(importer.Progress{Bytes: 1000, Rows: 20, Done: true})
	bar(importer.Progress{Bytes: 2000, Rows: 20, Done: true})
}

func BenchmarkRun(b *testing.B) {
	rows := strings.Join(eventRows(50_000, 5000), "\n")
	s, url := serve(b)
	for b.Loop() {
		s.mu.Lock()
		clear(s.seen)
		s.events = s.events[:0]
		s.mu.Unlock()
		if _, err := importer.Run(b.Context(), importer.Config{Server: url},
			[]importer.Input{{Name: "e", Reader: strings.NewReader(rows)}}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkDecodeRow(b *testing.B) {
	line := []byte(eventRow("u8d214a1e5c99", 20000016, 1390268880))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := importer.DecodeRow(line); err != nil {
			b.Fatal(err)
		}
	}
}

package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"readnext/internal/feed"
	"readnext/internal/server"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// BenchmarkRows is what a hundred rows cost the server, without a learner behind
// it: an operation is one request.
func BenchmarkRows(b *testing.B) {
	f := &rooms{now: now, ready: true}
	f.ring.Set([]feed.SigningKey{signingKey(1)})
	metrics := server.NewMetrics("bench")
	h, err := server.New(server.Config{}, server.Parts{
		Services: server.NewLive(server.LiveParts{
			Recommender: f, Inspector: f, Learner: f, Articles: f, Params: &f.ring,
			Ready: func() bool { return true }, Now: now.Time, Metrics: metrics,
		}),
		Metrics: metrics, Logger: slog.New(slog.DiscardHandler), Ready: func() bool { return true },
	})
	if err != nil {
		b.Fatal(err)
	}
	var params track.Params
	if err := f.ring.Sign(page("u8d214a1e5c99", 100), &params); err != nil {
		b.Fatal(err)
	}
	record, report := new(recov1.RecordRequest), new(recov1.ReportRequest)
	for i := range 100 {
		record.Events = append(record.Events, &recov1.Event{
			UserId: fmt.Sprintf("reader-%d", i), ArticleId: int64(7 * i), Action: recov1.Event_READ, Time: int64(now), ChannelId: 3,
			ReadTime: 20_000, EventId: fmt.Sprintf("1795392000123-100-1-%d", i),
		})
		record.Events[i].ArticleId++
		report.Signals = append(report.Signals, &recov1.Signal{Param: params.Places[i].Read, ReadTime: 20_000})
	}
	for _, bm := range []struct {
		name, path string
		message    proto.Message
	}{{"record", recordPath, record}, {"report", reportPath, report}} {
		binary, err := proto.Marshal(bm.message)
		if err != nil {
			b.Fatal(err)
		}
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(bm.message)
		if err != nil {
			b.Fatal(err)
		}
		for kind, body := range map[string][]byte{"protobuf": binary, "json": text} {
			b.Run(bm.name+"/"+kind, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r, err := http.NewRequest(http.MethodPost, bm.path, io.NopCloser(bytes.NewReader(body)))
					if err != nil {
						b.Fatal(err)
					}
					r.ContentLength = int64(len(body))
					r.Header.Set("Content-Type", "application/"+kind)
					h.ServeHTTP(discard{http.Header{}}, r)
				}
			})
		}
	}
}

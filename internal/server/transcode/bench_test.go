package transcode_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// page is an answer of n articles with params as long as real ones.
func page(n int) *recov1.ArticleResponse {
	param := strings.Repeat("AQHLj6exoDQBAQhyZWFkZXIt", 3)
	out := &recov1.ArticleResponse{Exposure: strings.Repeat(param, 4), TimeStamp: 1795392000123}
	for i := range n {
		out.Recommends = append(out.Recommends, &recov1.Article{
			ArticleId: int64(1000 + i), Track: &recov1.Track{Click: param, Collect: param, Share: param, Read: param},
		})
	}
	return out
}

func BenchmarkResponse(b *testing.B) {
	c := codec(b, new(recov1.UserRequest), new(recov1.ArticleResponse))
	wire, err := proto.Marshal(page(10))
	if err != nil {
		b.Fatal(err)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = c.Response(buf[:0], wire); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkRequest(b *testing.B) {
	ask := `{"user_id":"u8d214a1e5c99","channel_id":1,"article_num":10,"time_stamp":"1795392000123"}`
	record := `{"events":[`
	for i := range 100 {
		if i > 0 {
			record += ","
		}
		record += fmt.Sprintf(`{"user_id":"reader-%d","article_id":"%d","action":"READ","time":"1795392000123","channel_id":3,"read_time":"20000","event_id":"17953920-%d"}`, i, 7*i, i)
	}
	record += `]}`
	for name, bm := range map[string]struct {
		request, response proto.Message
		body              string
	}{
		"page":          {new(recov1.UserRequest), new(recov1.ArticleResponse), ask},
		"record by 100": {new(recov1.RecordRequest), new(recov1.RecordResponse), record},
	} {
		b.Run(name, func(b *testing.B) {
			c := codec(b, bm.request, bm.response)
			body := []byte(bm.body)
			var buf []byte
			ok := true
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if buf, ok = c.Request(buf[:0], body); !ok {
					b.Fatal("it is left to others")
				}
			}
		})
	}
}

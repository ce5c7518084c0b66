package app_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

// stolen are params that were once good.
type stolen struct {
	u, v    *recov1.ArticleResponse // pages of two readers
	expired string
	used    string // reported already
}

// hostileParams has pages served and a param used, and lets one expire.
func hostileParams(t *testing.T, s *service) stolen {
	t.Helper()
	s.advance(-91 * feed.Day)
	s.putIDs(t, 1000)
	old := s.refresh(t, "old", 1)
	s.advance(91 * feed.Day)
	p := stolen{u: s.refresh(t, "u", 5), v: s.refresh(t, "v", 5), expired: old.Exposure}
	p.used = p.u.Recommends[0].Track.Click
	got, err := s.Report(t.Context(), &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: p.used}}})
	if err != nil || got.Accepted != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	return p
}

func (p stolen) cases(s *service) []hostile {
	row := func(name, param, text string) hostile {
		body, err := json.Marshal(map[string]any{"signals": []any{map[string]any{"param": param}}})
		if err != nil {
			panic(err)
		}
		return hostile{name: "param: " + name, path: reportRPC, body: body, status: 200, text: text}
	}
	const malformed, forged = "param is malformed", "signature that does not match"
	good := p.u.Recommends[1].Track.Click
	flipped := func(at int) string {
		b := []byte(good)
		if b[at] == 'A' {
			b[at] = 'B'
		} else {
			b[at] = 'A'
		}
		return string(b)
	}
	fields := func(name, body, text string) hostile {
		return hostile{name: "report: " + name, path: reportRPC, body: []byte(strings.ReplaceAll(body, "$", good)), status: 200, text: text}
	}
	other := p.v.Recommends[1].Track
	cut := len(good) - 12 // the action and its tag
	many := strings.TrimSuffix(strings.Repeat(`{},`, 10_001), ",")
	return []hostile{
		row("empty", "", malformed),
		row("the tutorial's", "exposure param", malformed),
		row("no base64", "!!!", malformed),
		row("other base64", good+"==", malformed),
		row("a line feed at its end", good+"\n", malformed),
		row("half of it", good[:len(good)/2], malformed),
		row("twice in one", good+good, malformed),
		row("900 KB", strings.Repeat("A", 900_000), malformed),
		row("Unicode", "参数参数参数参数", malformed),
		row("its signature changed", flipped(len(good)-1), ""),
		row("its reader changed", flipped(18), ""),
		row("one reader's place, another reader's signature", good[:cut]+other.Click[len(other.Click)-12:], forged),
		row("another reader's place, one reader's signature", other.Click[:len(other.Click)-12]+good[cut:], forged),
		row("one place's click with another place's signature", good[:cut]+p.u.Recommends[2].Track.Click[cut:], forged),
		row("91 days old", p.expired, "more than 90 days old"),
		row("replayed", p.used, `"duplicate":1`),
		fields("replayed a thousand times", `{"signals":[`+strings.TrimSuffix(strings.Repeat(`{"param":"`+p.used+`"},`, 1000), ",")+`]}`, `"duplicate":1000`),
		fields("action_time -1", `{"signals":[{"param":"$","action_time":-1}]}`, "action_time is -1"),
		fields("action_time two days ahead", fmt.Sprintf(`{"signals":[{"param":"$","action_time":%d}]}`, s.now()+2*feed.Day), "a day ahead"),
		fields("action_time 2^63-1", `{"signals":[{"param":"$","action_time":"9223372036854775807"}]}`, "a day ahead"),
		fields("read_time -1", `{"signals":[{"param":"$","read_time":-1}]}`, "read_time is -1"),
		fields("read_time of a month", `{"signals":[{"param":"$","read_time":2592000000}]}`, "longer than 7 days"),
		fields("read_time 2^63-1", `{"signals":[{"param":"$","read_time":"9223372036854775807"}]}`, "longer than 7 days"),
		{name: "report: signals an object", path: reportRPC, body: []byte(`{"signals":{}}`), status: 400, code: "malformed", text: "decoded"},
		{name: "report: a signal null", path: reportRPC, body: []byte(`{"signals":[null]}`), status: 400, code: "malformed", text: "decoded"},
		{name: "report: 10,001 signals", path: reportRPC, body: []byte(`{"signals":[` + many + `]}`), status: 400, code: "invalid_argument", text: "holds 10001 rows"},
		{name: "report: no signals", path: reportRPC, body: []byte(`{}`), status: 200, text: `"accepted":0`},
	}
}

func recordCases(s *service) []hostile {
	row := func(name, event, text string) hostile {
		return hostile{name: "event: " + name, path: recordRPC, body: []byte(`{"events":[{` + event + `}]}`), status: 200, text: text}
	}
	forget := func(name, user, text string) hostile {
		return hostile{name: "forget: " + name, path: forgetRPC, body: []byte(`{"user_id":"` + user + `"}`), status: 400, code: "invalid_argument", text: text}
	}
	many, err := proto.Marshal(&recov1.RecordRequest{Events: make([]*recov1.Event, 0)})
	if err != nil {
		panic(err)
	}
	for range 10_001 {
		many = append(many, 0x0a, 0x00)
	}
	return []hostile{
		row("empty", ``, "article_id is 0"),
		row("no action", `"user_id":"u","article_id":1`, "action is missing"),
		row("unknown action", `"user_id":"u","article_id":1,"action":"BURN"`, "action is missing"),
		row("action 257, which is 1 in a byte", `"user_id":"u","article_id":1,"action":257`, "action is missing"),
		row("action -1", `"user_id":"u","article_id":1,"action":-1`, "action is missing"),
		row("article_id -1", `"user_id":"u","article_id":-1,"action":"CLICK"`, "article_id is -1"),
		row("channel_id -1", `"user_id":"u","article_id":1,"action":"CLICK","channel_id":-1`, "channel_id is -1"),
		row("time -1", `"user_id":"u","article_id":1,"action":"CLICK","time":-1`, "time is -1"),
		row("time two days ahead", fmt.Sprintf(`"user_id":"u","article_id":1,"action":"CLICK","time":%d`, s.now()+2*feed.Day), "a day ahead"),
		row("read_time -2^63", `"user_id":"u","article_id":1,"action":"READ","read_time":"-9223372036854775808"`, "read_time is -"),
		row("user_id of 129 bytes", `"user_id":"`+strings.Repeat("u", 129)+`","article_id":1,"action":"CLICK"`, "user_id is 129"),
		row("user_id with NUL", `"user_id":"\u0000","article_id":1,"action":"CLICK"`, "user_id contains a NUL"),
		row("event_id of 129 bytes", `"user_id":"u","article_id":1,"action":"CLICK","event_id":"`+strings.Repeat("e", 129)+`"`, "event_id is 129"),
		{name: "event: 10,001 of them", path: recordRPC, kind: binary, body: many, status: 400, code: "invalid_argument", text: "holds 10001 rows"},
		{name: "event: the last of a batch half written", path: recordRPC, status: 400, code: "malformed",
			body: []byte(`{"events":[{"user_id":"u","article_id":9,"action":"CLICK"},{"user_id":"u","article_id":`)},
		forget("nobody", "", "user_id is empty"),
		forget("129 bytes", strings.Repeat("u", 129), "user_id is 129"),
	}
}

func catalogCases() []hostile {
	row := func(name, article, text string) hostile {
		return hostile{name: "article: " + name, path: putRPC, body: []byte(`{"articles":[{` + article + `}]}`), status: 200, text: text}
	}
	bad := func(name, path, body, text string) hostile {
		return hostile{name: name, path: path, body: []byte(body), status: 400, code: "invalid_argument", text: text}
	}
	numbers := func(n int) string { return strings.TrimSuffix(strings.Repeat("1,", n), ",") }
	tags := new(strings.Builder)
	for i := range 65 {
		fmt.Fprintf(tags, `"t%d",`, i)
	}
	nan, err := proto.Marshal(&recov1.PutArticlesRequest{Articles: []*recov1.CatalogArticle{
		{ArticleId: 99, ChannelIds: []int32{1}, Boost: math.NaN()},
		{ArticleId: 99, ChannelIds: []int32{1}, Boost: math.Inf(1)},
		{ArticleId: 99, ChannelIds: []int32{1}, Embedding: []float32{float32(math.NaN())}},
		{ArticleId: 99, ChannelIds: []int32{1}, Embedding: []float32{float32(math.Inf(-1))}},
	}})
	if err != nil {
		panic(err)
	}
	return []hostile{
		row("empty", ``, "article_id is 0"),
		row("article_id -1", `"article_id":-1,"channel_ids":[1]`, "article_id is -1"),
		row("no channel", `"article_id":99`, "channel_ids is empty"),
		row("channel 0", `"article_id":99,"channel_ids":[0]`, "channel_ids holds 0"),
		row("channel -1", `"article_id":99,"channel_ids":[1,-1]`, "channel_ids holds -1"),
		row("boost NaN", `"article_id":99,"channel_ids":[1],"boost":"NaN"`, "boost is NaN"),
		row("boost Infinity", `"article_id":99,"channel_ids":[1],"boost":"Infinity"`, "boost is +Inf"),
		row("boost -1", `"article_id":99,"channel_ids":[1],"boost":-1`, "boost is -1"),
		row("boost 1e308", `"article_id":99,"channel_ids":[1],"boost":1e308`, "boost is 1e+308"),
		row("embedding of NaN", `"article_id":99,"channel_ids":[1],"embedding":["NaN"]`, "embedding holds NaN"),
		row("embedding of 4097 numbers", `"article_id":99,"channel_ids":[1],"embedding":[`+numbers(4097)+`]`, "embedding has 4097"),
		row("publish_time -1", `"article_id":99,"channel_ids":[1],"publish_time":-1`, "publish_time is -1"),
		row("expired before it is published", `"article_id":99,"channel_ids":[1],"publish_time":10,"expire_time":9`, "not after publish_time"),
		row("65 tags", `"article_id":99,"channel_ids":[1],"tags":[`+strings.TrimSuffix(tags.String(), ",")+`]`, "holds 65 tags"),
		row("title of 4097 bytes", `"article_id":99,"channel_ids":[1],"title":"`+strings.Repeat("t", 4097)+`"`, "title is 4097"),
		{name: "article: embedding beyond 32-bit floats", path: putRPC, status: 400, code: "malformed", text: "embedding",
			body: []byte(`{"articles":[{"article_id":99,"channel_ids":[1],"embedding":[1e39]}]}`)},
		{name: "article: NaN and infinities in protobuf", path: putRPC, kind: binary, body: nan, status: 200, text: "boost is NaN"},
		bad("get: article_id -1", getRPC, `{"article_ids":[-1]}`, "article_ids holds -1"),
		bad("get: 1,001 articles", getRPC, `{"article_ids":[`+numbers(1001)+`]}`, "holds 1001 rows"),
		bad("list: a token of garbage", listRPC, `{"page_token":"garbage"}`, "page_token is none of ours"),
		bad("list: a token of another version", listRPC, `{"page_token":"AgAAAAAAAAAB"}`, "page_token is none of ours"),
		bad("list: a token of a negative id", listRPC, `{"page_token":"Af__________"}`, "page_token is none of ours"),
		bad("list: page_size -1", listRPC, `{"page_size":-1}`, "page_size is -1"),
		{name: "withdraw: what never was", path: withdrawRPC, body: []byte(`{"article_ids":[77777,-1]}`), status: 200, text: "77777, which is no article's"},
		bad("withdraw: 10,001 articles", withdrawRPC, `{"article_ids":[`+numbers(10_001)+`]}`, "holds 10001 rows"),
	}
}

func insightCases() []hostile {
	bad := func(name, path, body, text string) hostile {
		return hostile{name: name, path: path, body: []byte(body), status: 400, code: "invalid_argument", text: text}
	}
	return []hostile{
		bad("preview: article_num -1", previewRPC, `{"article_num":-1}`, "article_num is -1"),
		bad("preview: as_of -1", previewRPC, `{"as_of":-1}`, "as_of is -1"),
		bad("preview: as_of 2^63-1", previewRPC, `{"as_of":"9223372036854775807"}`, "after the year 9999"),
		bad("preview: channel_id -1", previewRPC, `{"channel_id":-1}`, "channel_id is -1"),
		bad("preview: user_id of 129 bytes", previewRPC, `{"user_id":"`+strings.Repeat("u", 129)+`"}`, "user_id is 129"),
		{name: "preview: in the year 9999", path: previewRPC, body: []byte(`{"as_of":"253402300799999","channel_id":1}`), status: 200, text: "article_id"},
		{name: "preview: in 1970", path: previewRPC, body: []byte(`{"as_of":1,"channel_id":1}`), status: 200, text: `"articles":[]`},
		bad("similar: article_id 0", similarRPC, `{}`, "article_id is 0"),
		bad("similar: article_id -2^63", similarRPC, `{"article_id":"-9223372036854775808"}`, "article_id is -"),
		{name: "similar: no such article", path: similarRPC, body: []byte(`{"article_id":123456}`), status: 404, code: "not_found", text: "123456"},
		bad("trending: as_of -1", trendingRPC, `{"as_of":-1}`, "as_of is -1"),
		bad("profile: nobody", profileRPC, `{}`, "user_id is empty"),
		{name: "profile: a reader nobody knows", path: profileRPC, body: []byte(`{"user_id":"stranger"}`), status: 200, text: `"acts":[]`},
	}
}

package transcode_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"readnext/internal/server/transcode"
	recov1 "readnext/rpc/reco/v1"
)

// rows is how many a codec takes.
const rows = 1000

func codec(t testing.TB, request, response proto.Message) *transcode.Codec {
	t.Helper()
	c, err := transcode.New(request.ProtoReflect().Descriptor(), response.ProtoReflect().Descriptor(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// method is one that has a codec.
type method struct {
	name              string
	request, response proto.Message
}

func methods() []method {
	return []method{
		{"UserRecommend", new(recov1.UserRequest), new(recov1.ArticleResponse)},
		{"Report", new(recov1.ReportRequest), new(recov1.ReportResponse)},
		{"Record", new(recov1.RecordRequest), new(recov1.RecordResponse)},
	}
}

// checkRequest holds a request that a codec takes against what protojson, with
// Twirp's options, makes of it.
func checkRequest(t *testing.T, m method, body []byte) (taken bool) {
	t.Helper()
	wire, ok := codec(t, m.request, m.response).Request([]byte("before"), body)
	if !ok {
		return false
	}
	wire, began := bytes.CutPrefix(wire, []byte("before"))
	if !began {
		t.Fatalf("%s %q: what was in dst is gone", m.name, body)
	}
	if !json.Valid(body) {
		t.Fatalf("%s %q is taken, but no JSON", m.name, body)
	}
	want, got := proto.Clone(m.request), proto.Clone(m.request)
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(body, want); err != nil {
		t.Fatalf("%s %q is taken, but: %v", m.name, body, err)
	}
	if err := proto.Unmarshal(wire, got); err != nil {
		t.Fatalf("%s %q became %x: %v", m.name, body, wire, err)
	}
	if !proto.Equal(got, want) {
		t.Fatalf("%s %q is %v, should be %v", m.name, body, got, want)
	}
	return true
}

// checkResponse holds an answer in JSON against protojson's.
func checkResponse(t *testing.T, m method, answer proto.Message) {
	t.Helper()
	wire, err := proto.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec(t, m.request, m.response).Response([]byte("before"), wire)
	if err != nil {
		t.Fatalf("%s %v: %v", m.name, answer, err)
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	want.WriteString("before")
	if err := json.Compact(&want, text); err != nil { // protojson puts spaces after some commas
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is %s, should be %s", m.name, got, want.Bytes())
	}
}

func TestPlainRequestsAreTaken(t *testing.T) {
	long := strings.Repeat("x", 200)
	for i, bodies := range [][]string{{
		`{}`,
		` { } `,
		`{"user_id":"reader-1","channel_id":1,"article_num":2,"time_stamp":0}`,
		`{"userId":"reader-1","channelId":1,"articleNum":2,"timeStamp":"1795392000123"}`,
		"{\n\t\"time_stamp\" : \"9\" ,\r\n \"user_id\" : \"\" }\n",
		`{"article_num":-2147483648,"time_stamp":-5,"channel_id":"2147483647"}`,
		`{"user_id":"Łódź 読者` + "\x7f" + `"}`,
	}, {
		`{"signals":[]}`,
		`{"signals":[{}]}`,
		`{"signals":[{"param":"AQHLj6exoDQBAQhyZWFkZXIt","action_time":1,"read_time":"45000"}, {"param":"` + long + `"}]}`,
	}, {
		`{"events":[{"user_id":"u","article_id":9007199254740993,"action":"CLICK","time":"1795392000000"},{"action":3},{"action":77}]}`,
		`{"events":[{"action":-1,"user_id":"` + long + `","event_id":"` + long + `"},{"event_id":"a"}]}`,
	}} {
		for _, body := range bodies {
			if m := methods()[i]; !checkRequest(t, m, []byte(body)) {
				t.Errorf("%s %s is left to others", m.name, body)
			}
		}
	}
}

// TestOddRequestsAreLeft has what protojson refuses, and what it takes but has
// more than one reading, or a rare one.
func TestOddRequestsAreLeft(t *testing.T) {
	m := methods()[0]
	for _, body := range []string{
		``, ` `, `null`, `[]`, `0`, `"x"`, `{`, `}`, `{}}`, `{} {}`, `{},`, "\ufeff{}", "{}\x00",
		`{"user_id"}`, `{"user_id":}`, `{"user_id":"a"`, `{"user_id":"a",}`, `{,}`, `{"user_id":"a" "channel_id":1}`,
		`{"user_id":"a}`, `{user_id:"a"}`, `{'user_id':"a"}`, `{"user_id":"a","user_id":"b"}`, `{"user_id":"a","userId":"b"}`,
		`{"user_id":null}`, `{"user_id":1}`, `{"user_id":"\u0061"}`, `{"user_id":"\/"}`, "{\"user_id\":\"a\nb\"}", "{\"user_id\":\"\xff\"}",
		`{"user\u005fid":"a"}`, `{"userid":"a"}`, `{"USER_ID":"a"}`, `{"user_id":["a"]}`, `{"user_id":{}}`,
		`{"channel_id":1.0}`, `{"channel_id":1e2}`, `{"channel_id":1.5}`, `{"channel_id":01}`, `{"channel_id":-0}`, `{"channel_id":+1}`,
		`{"channel_id":-}`, `{"channel_id":2147483648}`, `{"channel_id":-2147483649}`, `{"channel_id":"1.0"}`, `{"channel_id":" 1"}`,
		`{"channel_id":""}`, `{"channel_id":"1}`, `{"channel_id":true}`, `{"channel_id":0x1}`, `{"channel_id":1 2}`, `{"channel_id":NaN}`,
		`{"time_stamp":9223372036854775808}`, `{"time_stamp":99999999999999999999}`, `{"time_stamp":/*now*/0}`,
	} {
		if checkRequest(t, m, []byte(body)) {
			t.Errorf("%s is taken", body)
		}
	}
	for _, body := range []string{
		`{"events":{}}`, `{"events":[null]}`, `{"events":[{},]}`, `{"events":[{}`, `{"events":[{}]`, `{"events":[[]]}`, `{"events":[{"action":"click"}]}`,
		`{"events":[{"action":"2"}]}`, `{"events":[{"action":2.0}]}`, `{"events":[{"action":4294967296}]}`, `{"events":[{"user_id":"a"}{"user_id":"b"}]}`,
	} {
		if checkRequest(t, methods()[2], []byte(body)) {
			t.Errorf("%s is taken", body)
		}
	}
}

func TestLongListsAreLeft(t *testing.T) {
	for n, taken := range map[int]bool{rows - 1: true, rows: true, rows + 1: false, 10 * rows: false} {
		body := `{"signals":[{}` + strings.Repeat(`,{}`, n-1) + `]}`
		if checkRequest(t, methods()[1], []byte(body)) != taken {
			t.Errorf("%d rows are taken: %v", n, !taken)
		}
	}
}

func TestAnswersAreProtojsons(t *testing.T) {
	var odd strings.Builder
	for c := range rune(0x100) {
		odd.WriteRune(c)
		odd.WriteString("abcdefghij"[:c%10])
	}
	odd.WriteString("\u2028\ufffd\U0001f600<>&")
	all := methods()
	for _, a := range []*recov1.ArticleResponse{
		{}, page(0), page(1), page(100),
		{Exposure: odd.String(), TimeStamp: math.MinInt64, OlderTimeStamp: math.MaxInt64},
		{Recommends: []*recov1.Article{{}, {ArticleId: 1}, {Track: &recov1.Track{}}, {ArticleId: -1, Track: &recov1.Track{Read: "r"}}}},
	} {
		checkResponse(t, all[0], a)
	}
	for _, a := range []*recov1.ReportResponse{
		{}, {Accepted: 3, Rejected: []*recov1.RejectedRow{{}, {Index: math.MinInt32, Reason: "\"quoted\" \\ \x01\x1f"}}}, {Duplicate: math.MaxInt32},
	} {
		checkResponse(t, all[1], a)
	}
}

// TestOtherBytesAreNoAnswer wants an error for what proto.Marshal does not
// write: what a reader of protobuf takes in any order is not looked for.
func TestOtherBytesAreNoAnswer(t *testing.T) {
	m := methods()[0]
	c := codec(t, m.request, m.response)
	good, err := proto.Marshal(page(1))
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(good); n++ {
		cut, err := c.Response(nil, good[:n])
		if err == nil && !json.Valid(cut) {
			t.Errorf("the first %d bytes are %s", n, cut)
		}
	}
	for name, wire := range map[string][]byte{
		"an unknown field":   append(bytes.Clone(good), 0x28, 1),
		"a field again":      append(bytes.Clone(good), good...),
		"a number's type":    {0x0d, 1, 2, 3, 4},
		"an endless varint":  bytes.Repeat([]byte{0x80}, 20),
		"a length too large": {0x0a, 200, 1, 'x'},
	} {
		if got, err := c.Response(nil, wire); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestMessagesThatAreNotKnown(t *testing.T) {
	for _, m := range []proto.Message{new(recov1.PreviewResponse), new(recov1.PutArticlesRequest), new(recov1.WithdrawArticlesRequest)} {
		if _, err := transcode.New(m.ProtoReflect().Descriptor(), new(recov1.ArticleResponse).ProtoReflect().Descriptor(), rows); err == nil {
			t.Errorf("%T: no error", m)
		}
	}
	if _, err := transcode.New(new(recov1.UserRequest).ProtoReflect().Descriptor(), new(recov1.RecordRequest).ProtoReflect().Descriptor(), rows); err == nil {
		t.Error("an enum in an answer: no error")
	}
}

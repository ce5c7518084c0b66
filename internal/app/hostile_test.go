package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"readnext/internal/app"
	"readnext/internal/feed"
	recov1 "readnext/rpc/reco/v1"
)

// hostile is a request that means harm, or is a mistake, and what it must get.
type hostile struct {
	name   string
	method string // POST
	path   string
	kind   string // Content-Type; application/json
	header map[string]string
	body   []byte
	reader io.Reader // instead of body: sent in chunks
	raw    string    // instead of all of the above: sent as it is, then the sending side closes

	status int
	code   string // Twirp's; "": the answer is none of ours, or a success
	text   string // in the message, or in a successful answer
}

const (
	recommendRPC = "/twirp/reco.v1.UserRecommend/user_recommend"
	reportRPC    = "/twirp/reco.v1.Behavior/Report"
	recordRPC    = "/twirp/reco.v1.Behavior/Record"
	forgetRPC    = "/twirp/reco.v1.Behavior/Forget"
	putRPC       = "/twirp/reco.v1.Catalog/PutArticles"
	getRPC       = "/twirp/reco.v1.Catalog/GetArticles"
	listRPC      = "/twirp/reco.v1.Catalog/ListArticles"
	withdrawRPC  = "/twirp/reco.v1.Catalog/WithdrawArticles"
	previewRPC   = "/twirp/reco.v1.Insight/Preview"
	similarRPC   = "/twirp/reco.v1.Insight/Similar"
	trendingRPC  = "/twirp/reco.v1.Insight/Trending"
	profileRPC   = "/twirp/reco.v1.Insight/Profile"

	binary = "application/protobuf"
)

// TestHostile sends what must not be served to a whole service. Nothing may
// answer 5xx, panic, or change what is kept. With -v it prints the table.
func TestHostile(t *testing.T) {
	s := run(t, app.Config{APIKeysFile: keysFile(t)})
	s.put(t, 40)
	params := hostileParams(t, s)
	before := kept(t, s)

	var table strings.Builder
	fmt.Fprintf(&table, "| # | request | status | code | answer |\n|---|---|---|---|---|\n")
	var cases []hostile
	for _, group := range [][]hostile{
		routeCases(), contentCases(), jsonCases(), protobufCases(), numberCases(), bodyCases(), protocolCases(),
		authCases(), params.cases(s), recordCases(s), catalogCases(), insightCases(),
	} {
		cases = append(cases, group...)
	}
	for i, c := range cases {
		status, code, answer := s.attack(t, &c)
		if status != c.status || code != c.code || !strings.Contains(answer, c.text) {
			t.Errorf("%s: %d %s %.300s; want %d %s %s", c.name, status, code, answer, c.status, c.code, c.text)
		}
		if status >= 500 && c.status != http.StatusNotImplemented { // that one is net/http's, for a Transfer-Encoding
			t.Errorf("%s: %d: a fault of ours", c.name, status)
		}
		fmt.Fprintf(&table, "| %d | %s | %d | %s | %s |\n", i+1, cell(c.name, 60), status, code, cell(answer, 110))
	}
	if len(cases) < 60 {
		t.Errorf("%d cases are too few", len(cases))
	}
	if after := kept(t, s); after != before {
		t.Errorf("kept before:\n%s\nafter:\n%s", before, after)
	}
	_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
	for _, want := range []string{"readnext_panics_total 0", "readnext_requests_in_flight 0"} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("no metric %s", want)
		}
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log tells of faults: %s", log)
	}
	if page := s.refresh(t, "good", 10); len(page.Recommends) != 10 {
		t.Errorf("afterwards a page of %d articles", len(page.Recommends))
	}
	if testing.Verbose() {
		fmt.Fprintf(os.Stdout, "%s\n%d requests\n", table.String(), len(cases))
	}
}

// kept prints all that hostile requests might have changed.
func kept(t *testing.T, s *service) string {
	t.Helper()
	list, err := s.ListArticles(t.Context(), &recov1.ListArticlesRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprintf("%d articles\n", len(list.Articles))
	for _, user := range []string{"u", "v", "w"} {
		p, err := s.Insight.Profile(t.Context(), &recov1.ProfileRequest{UserId: user})
		if err != nil {
			t.Fatal(err)
		}
		out += fmt.Sprintf("%s acted on %d, was served %d, on %d channels\n", user, p.ActedArticles, p.ServedArticles, len(p.NewestPages))
	}
	_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
	for _, line := range strings.Split(metrics, "\n") {
		if strings.HasPrefix(line, "readnext_log_entries_folded_total") {
			out += line + "\n"
		}
	}
	return out
}

// cell makes a text fit into a table.
func cell(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "|", `\|`))
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return s
}

// attack sends a request and returns its status, Twirp's code, and the message
// or the body.
func (s *service) attack(t *testing.T, c *hostile) (status int, code, answer string) {
	t.Helper()
	var resp *http.Response
	if c.raw != "" {
		resp = s.sendRaw(t, c)
	} else {
		resp = s.send(t, c)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	var e struct{ Code, Msg string }
	if resp.StatusCode != http.StatusOK && json.Unmarshal(body, &e) == nil && e.Code != "" {
		if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("%s: Content-Type %q", c.name, ct)
		}
		return resp.StatusCode, e.Code, e.Msg
	}
	return resp.StatusCode, "", string(body)
}

func (s *service) send(t *testing.T, c *hostile) *http.Response {
	t.Helper()
	method, body := c.method, c.reader
	if method == "" {
		method = http.MethodPost
	}
	if body == nil {
		body = bytes.NewReader(c.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.url()+c.path, body)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	switch c.kind {
	case "":
		r.Header.Set("Content-Type", "application/json")
	case "none":
	default:
		r.Header.Set("Content-Type", c.kind)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return resp
}

func (s *service) sendRaw(t *testing.T, c *hostile) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, c.raw); err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return resp
}

func routeCases() []hostile {
	ok := []byte("{}")
	cases := []hostile{
		{name: "unknown path", path: "/nowhere"},
		{name: "the prefix alone", path: "/twirp/"},
		{name: "unknown service", path: "/twirp/reco.v1.Nothing/UserRecommend"},
		{name: "unknown method of a service", path: "/twirp/reco.v1.UserRecommend/Drop"},
		{name: "service without a method", path: "/twirp/reco.v1.UserRecommend/"},
		{name: "slash at the end", path: recommendRPC + "/"},
		{name: "slashes doubled", path: "/" + recommendRPC},
		{name: "path in another case", path: "/twirp/reco.v1.userrecommend/userrecommend"},
		{name: "path that climbs", path: "/x/../twirp/reco.v1.UserRecommend/user_recommend"},
		{name: "path with an escaped NUL", path: recommendRPC + "%00"},
		{name: "path of 4000 bytes", path: "/" + strings.Repeat("x", 4000)},
		{name: "profiles on the public address", path: "/debug/pprof/heap", method: "GET"},
		{name: "metrics on the public address", path: "/metrics", method: "GET"},
		{name: "key rotation on the public address", path: "/keys/rotate"},
	}
	for _, m := range []string{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
		cases = append(cases, hostile{name: "method " + m, method: m, path: recommendRPC, text: "unsupported method"})
	}
	for i := range cases {
		cases[i].body, cases[i].status, cases[i].code = ok, 404, "bad_route"
	}
	return append(cases, hostile{name: "method HEAD", method: "HEAD", path: recommendRPC, status: 404})
}

func contentCases() []hostile {
	ok := []byte("{}")
	cases := []hostile{
		{name: "no Content-Type", kind: "none"},
		{name: "Content-Type text/plain", kind: "text/plain"},
		{name: "Content-Type of gRPC", kind: "application/grpc"},
		{name: "Content-Type of a form", kind: "application/x-www-form-urlencoded"},
		{name: "Content-Type of 10 KB", kind: strings.Repeat("x", 10_000)},
		{name: "Content-Type that is nearly JSON", kind: "application/jsonx"},
	}
	for i := range cases {
		cases[i].status, cases[i].code, cases[i].text = 404, "bad_route", "application/json or application/protobuf"
	}
	cases = append(cases,
		hostile{name: "Content-Type with odd case and parameters", kind: "Application/JSON ; charset=utf-8", status: 200},
		hostile{name: "body that claims gzip", header: map[string]string{"Content-Encoding": "gzip"},
			status: 415, code: "malformed", text: "Content-Encoding is"},
		hostile{name: "request id that forges a log line", header: map[string]string{"X-Request-Id": "a level=ERROR msg=x"}, status: 200},
	)
	for i := range cases {
		cases[i].path, cases[i].body = recommendRPC, ok
	}
	return cases
}

func jsonCases() []hostile {
	bad := func(name, body, text string) hostile {
		return hostile{name: "JSON: " + name, path: recommendRPC, body: []byte(body), status: 400, code: "malformed", text: text}
	}
	deep := func(n int, open, inner, end string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	return []hostile{
		bad("nothing", "", "an empty message is {}"),
		bad("spaces only", "  \n", "an empty message is {}"),
		bad("one brace", "{", "decoded"),
		bad("half written", `{"user_id":"a","chan`, "decoded"),
		bad("two objects", `{"user_id":"a"}{"user_id":"b"}`, "decoded"),
		bad("an object, then garbage", `{"user_id":"a"} or so`, "decoded"),
		bad("an array", `[]`, "decoded"),
		bad("null", `null`, "decoded"),
		bad("a string", `"x"`, "decoded"),
		bad("single quotes", `{'user_id':'a'}`, "decoded"),
		bad("a comment", `{/* */}`, "decoded"),
		bad("a comma too many", `{"user_id":"a",}`, "decoded"),
		bad("user_id a number", `{"user_id":5}`, "user_id"),
		bad("user_id an object", `{"user_id":{}}`, "user_id"),
		bad("article_num a word", `{"article_num":"many"}`, "article_num"),
		bad("article_num 1.5", `{"article_num":1.5}`, "article_num"),
		bad("article_num 1e99", `{"article_num":1e99}`, "article_num"),
		bad("article_num beyond 32 bits", `{"article_num":99999999999}`, "article_num"),
		bad("article_num a list", `{"article_num":[10]}`, "article_num"),
		bad("article_num true", `{"article_num":true}`, "article_num"),
		bad("a bare NaN", `{"article_num":NaN}`, "decoded"),
		bad("time_stamp beyond 64 bits", `{"time_stamp":"99999999999999999999"}`, "time_stamp"),
		bad("time_stamp half a number", `{"time_stamp":"12x"}`, "time_stamp"),
		bad("a field twice", `{"user_id":"a","user_id":"b"}`, "user_id"),
		bad("a field in both spellings", `{"user_id":"a","userId":"b"}`, "duplicate"),
		bad("not UTF-8", "{\"user_id\":\"\xff\xfe\"}", "UTF-8"),
		bad("half a surrogate pair", `{"user_id":"\ud800"}`, "decoded"),
		bad("a byte order mark", "\xef\xbb\xbf{}", "decoded"),
		bad("UTF-16", "{\x00}\x00", "decoded"),
		bad("100,000 brackets", strings.Repeat("[", 100_000), "decoded"),
		bad("100,000 brackets, closed", `{"x":`+deep(100_000, "[", "", "]")+`}`, "decoded"),
		bad("90,000 objects in one another", `{"x":`+deep(90_000, `{"x":`, "0", "}")+`}`, "decoded"),
		bad("protobuf called JSON", "\x0a\x01u\x10\x01", "decoded"),
		{name: "JSON: unknown fields", path: recommendRPC, body: []byte(`{"channel_id":9,"x":{"y":[1,2,{}]}}`), status: 200, text: `"recommends":[]`},
		{name: "JSON: nulls", path: recommendRPC, body: []byte(`{"user_id":null,"channel_id":9,"article_num":null}`), status: 200},
	}
}

func protobufCases() []hostile {
	bad := func(name string, path string, body []byte, text string) hostile {
		return hostile{name: "protobuf: " + name, path: path, kind: binary, body: body, status: 400, code: "malformed", text: text}
	}
	user := func(id string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), id)
	}
	event := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), user("\xff"))
	groups := bytes.Repeat(protowire.AppendTag(nil, 99, protowire.StartGroupType), 200_000)
	return []hostile{
		bad("garbage", recommendRPC, []byte("\xff\xff\xff\xff garbage"), "reco.v1.UserRequest"),
		bad("cut off in a string", recommendRPC, user("reader")[:5], "cut off"),
		bad("cut off in a tag", recommendRPC, []byte{0x80}, "cut off"),
		bad("a length of 2^63", recommendRPC, []byte("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "decoded"),
		bad("an endless varint", recommendRPC, append([]byte{0x10}, bytes.Repeat([]byte{0xff}, 100)...), "decoded"),
		bad("field 0", recommendRPC, []byte{0x00, 0x01}, "decoded"),
		bad("200,000 groups in one another", recommendRPC, groups, "decoded"),
		bad("a group that ends before it starts", recommendRPC, protowire.AppendTag(nil, 99, protowire.EndGroupType), "decoded"),
		bad("user_id not UTF-8", recommendRPC, user("\xc3\x28"), "user_id is not valid UTF-8"),
		bad("an event's user_id not UTF-8", recordRPC, event, "events.user_id is not valid UTF-8"),
		bad("JSON called protobuf", recommendRPC, []byte(`{"user_id":"a"}`), "decoded"),
		{name: "protobuf: nothing", path: recordRPC, kind: binary, status: 200},
	}
}

func numberCases() []hostile {
	bad := func(name, body, text string) hostile {
		return hostile{name: name, path: recommendRPC, body: []byte(body), status: 400, code: "invalid_argument", text: text}
	}
	return []hostile{
		bad("article_num -1", `{"article_num":-1}`, "article_num is -1"),
		bad("article_num -2^31", `{"article_num":-2147483648}`, "article_num is -2147483648"),
		bad("channel_id -1", `{"channel_id":-1}`, "channel_id is -1"),
		bad("time_stamp -1", `{"time_stamp":-1}`, "time_stamp is -1"),
		bad("time_stamp -2^63", `{"time_stamp":"-9223372036854775808"}`, "time_stamp is"),
		bad("user_id of 129 bytes", `{"user_id":"`+strings.Repeat("u", 129)+`"}`, "user_id is 129 bytes long"),
		bad("user_id of 1 MB", `{"user_id":"`+strings.Repeat("u", 1_000_000)+`"}`, "user_id is 1000000 bytes long"),
		bad("user_id with NUL", `{"user_id":"a\u0000b"}`, "user_id contains a NUL"),
		{name: "time_stamp 2^63-1, for a channel without articles", path: recommendRPC,
			body:   []byte(`{"user_id":"w","channel_id":2147483647,"time_stamp":"9223372036854775807","article_num":2147483647}`),
			status: 200, text: `"recommends":[]`},
		{name: "time_stamp 1, long before any page", path: recommendRPC,
			body: []byte(`{"user_id":"w","channel_id":1,"time_stamp":1}`), status: 200, text: `"time_stamp":"0"`},
	}
}

func bodyCases() []hostile {
	large := bytes.Repeat([]byte(" "), 1<<20+1)
	head := "POST " + recommendRPC + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + apiKey + "\r\n"
	return []hostile{
		{name: "body of 1 MiB and 1 byte", path: recommendRPC, body: large, status: 413, code: "malformed", text: "at most 1048576"},
		{name: "the same in chunks, undeclared", path: recommendRPC, reader: io.MultiReader(bytes.NewReader(large)),
			status: 413, code: "malformed", text: "larger than 1048576"},
		{name: "1 TB declared, nothing sent", raw: head + "Content-Length: 1099511627776\r\n\r\n", status: 413, code: "malformed", text: "1099511627776 bytes"},
		{name: "less sent than declared", raw: head + "Content-Length: 100\r\n\r\n{}", status: 400, code: "malformed", text: "before its declared length"},
		{name: "chunks that end too soon", raw: head + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", status: 400, code: "malformed", text: "before its declared length"},
		{name: "a chunk of a negative size", raw: head + "Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n", status: 400, code: "malformed", text: "could not be read"},
		{name: "a chunk of an absurd size", raw: head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}", status: 400, code: "malformed", text: "could not be read"},
	}
}

// protocolCases break HTTP itself: net/http answers them, in plain text, and
// closes the connection.
func protocolCases() []hostile {
	line := "POST " + recommendRPC + " HTTP/1.1\r\n"
	return []hostile{
		{name: "no HTTP at all", raw: "hello\r\n\r\n", status: 400},
		{name: "TLS on a plain port", raw: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", status: 400},
		{name: "no Host", raw: line + "\r\n", status: 400},
		{name: "a negative Content-Length", raw: line + "Host: x\r\nContent-Length: -1\r\n\r\n", status: 400},
		{name: "two Content-Lengths", raw: line + "Host: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", status: 400},
		{name: "an unknown Transfer-Encoding", raw: line + "Host: x\r\nTransfer-Encoding: rot13\r\n\r\n{}", status: http.StatusNotImplemented},
		{name: "a header with a bare line feed in its name", raw: line + "Host: x\r\nA\nB: c\r\n\r\n", status: 400},
		{name: "a header of 64 KiB", raw: line + "Host: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", status: 431},
		{name: "an unknown expectation", raw: line + "Host: x\r\nExpect: a-miracle\r\n\r\n", status: 417},
	}
}

func authCases() []hostile {
	var cases []hostile
	for _, path := range []string{recommendRPC, recordRPC, forgetRPC, putRPC, getRPC, listRPC, withdrawRPC, previewRPC, similarRPC, trendingRPC, profileRPC} {
		cases = append(cases, hostile{name: "no key: " + path[len("/twirp/reco.v1."):], path: path, header: map[string]string{"Authorization": ""}})
	}
	for name, auth := range map[string]string{
		"an unknown key": "Bearer wrong-key-0123456789", "a key with more to it": "Bearer " + apiKey + "0", "half a key": "Bearer " + apiKey[:8],
		"a key by another scheme": "Basic " + apiKey, "a key of 8 KB": "Bearer " + strings.Repeat("k", 8000),
	} {
		cases = append(cases, hostile{name: name, path: recommendRPC, header: map[string]string{"Authorization": auth}})
	}
	for i := range cases {
		cases[i].body, cases[i].status, cases[i].code = []byte("{}"), 401, "unauthenticated"
	}
	return append(cases, hostile{name: "no key, and a body of 1 MiB and 1 byte", path: putRPC, header: map[string]string{"Authorization": ""},
		body: bytes.Repeat([]byte(" "), 1<<20+1), status: 401, code: "unauthenticated"})
}

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

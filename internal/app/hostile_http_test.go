package app_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

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

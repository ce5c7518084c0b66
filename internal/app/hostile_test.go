package app_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"readnext/internal/app"
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

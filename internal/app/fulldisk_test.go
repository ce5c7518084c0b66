package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"readnext/internal/app"
	recov1 "readnext/rpc/reco/v1"
)

// smallDisk mounts a file system of so many MiB, which takes root.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
		t.Fatalf("mounting a tmpfs of %d MiB, for which this test must run as root with CAP_SYS_ADMIN: %v", mib, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir
}

// fillDisk writes a file until nothing more fits.
func fillDisk(t *testing.T, dir string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		block := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return ballast
}

// marks notes whether an answer says that its page is not recorded.
type marks struct {
	next     http.RoundTripper
	degraded atomic.Bool
}

func (m *marks) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if err == nil {
		m.degraded.Store(resp.Header.Get("Readnext-Degraded") == "unrecorded")
	}
	return resp, err
}

// reading is a reader who refreshes and clicks, and notes what was promised.
type reading struct {
	s     *service
	user  string
	marks marks
	ask   recov1.UserRecommend

	recorded             []*recov1.ArticleResponse // pages that are in the store
	clicked              []int64                   // acknowledged clicks, by article
	degraded, refused    int
	seen                 map[int64]bool
	repeated, unexpected []string
}

func newReading(s *service, user string) *reading {
	r := &reading{s: s, user: user, seen: make(map[int64]bool)}
	r.marks.next = s.client.Transport
	r.ask = recov1.NewUserRecommendProtobufClient(s.url(), &http.Client{Transport: &r.marks})
	return r
}

// round refreshes once and clicks on the first article.
func (r *reading) round(ctx context.Context) {
	page, err := r.ask.UserRecommend(ctx, &recov1.UserRequest{UserId: r.user, ChannelId: 1, ArticleNum: 5})
	if err != nil || len(page.Recommends) == 0 {
		r.unexpected = append(r.unexpected, fmt.Sprintf("refresh: %v, %v", page, err))
		return
	}
	for _, a := range page.Recommends {
		if r.seen[a.ArticleId] {
			r.repeated = append(r.repeated, fmt.Sprint(a.ArticleId))
		}
		r.seen[a.ArticleId] = true
	}
	if r.marks.degraded.Load() {
		r.degraded++
	} else {
		r.recorded = append(r.recorded, page)
	}
	first := page.Recommends[0]
	got, err := r.s.Report(ctx, &recov1.ReportRequest{Signals: []*recov1.Signal{{Param: first.Track.Click}}})
	var e twirp.Error
	switch {
	case err == nil && got.Accepted+got.Duplicate == 1:
		r.clicked = append(r.clicked, first.ArticleId)
	case errors.As(err, &e) && e.Code() == twirp.Unavailable:
		r.refused++
	default:
		r.unexpected = append(r.unexpected, fmt.Sprintf("report: %v, %v", got, err))
	}
}

// overflow puts articles until the disk takes no more: logs ask for their
// blocks ahead.
func (s *service) overflow(t *testing.T) {
	t.Helper()
	text := strings.Repeat("t", 4000)
	for id := int64(1_000_000); id < 1_005_000; {
		req := new(recov1.PutArticlesRequest)
		for range 100 {
			id++
			req.Articles = append(req.Articles, &recov1.CatalogArticle{ArticleId: id, ChannelIds: []int32{2}, Title: text, Url: text})
		}
		if _, err := s.PutArticles(t.Context(), req); err != nil {
			var e twirp.Error
			if !errors.As(err, &e) || e.Code() != twirp.Unavailable {
				t.Fatalf("putting on a full disk: %v", err)
			}
			return
		}
	}
	t.Fatal("the disk does not fill")
}

// takesWrites waits until writes are taken.
func (s *service) takesWrites(t *testing.T) {
	t.Helper()
	s.await(t, "writes to be taken", func() bool {
		got, err := s.Record(t.Context(), &recov1.RecordRequest{Events: []*recov1.Event{
			{UserId: "after", ArticleId: 7, Action: recov1.Event_CLICK, EventId: "after"},
		}})
		return err == nil && got.Accepted+got.Duplicate == 1
	})
}

// TestFullDisk fills a small file system while readers read, and frees it
// again: writes are refused while it is full, refreshes go on and repeat
// nothing, writes are taken once there is room, and whatever was acknowledged
// is there after the store was opened again.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 48)
	store := "pebble:" + filepath.Join(disk, "store")
	s := run(t, app.Config{Store: store})
	const articles = 2000
	s.put(t, articles)
	readers := make([]*reading, 8)
	for i := range readers {
		readers[i] = newReading(s, fmt.Sprint("reader-", i))
	}
	rounds := func(n int) {
		var wg sync.WaitGroup
		for _, r := range readers {
			wg.Go(func() {
				for range n {
					s.advance(1)
					r.round(t.Context())
				}
			})
		}
		wg.Wait()
	}
	rounds(5)
	// The disk fills while they read.
	filled := make(chan string)
	go func() { filled <- fillDisk(t, disk) }()
	rounds(5)
	ballast := <-filled
	rounds(10)
	s.overflow(t)
	s.await(t, "the store to refuse writes", func() bool {
		_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
		return strings.Contains(metrics, "readnext_store_refuses_writes 1\n")
	})
	before := readers[0].refused
	rounds(5)
	for _, r := range readers {
		if r.degraded < 5 {
			t.Errorf("%s got %d pages that are not recorded", r.user, r.degraded)
		}
	}
	if readers[0].refused < before+5 {
		t.Errorf("reports on a full disk: %d were refused, %d before", readers[0].refused, before)
	}
	// Reading goes on, and the service stays ready.
	page := readers[0].recorded[0]
	again, err := readers[0].ask.UserRecommend(t.Context(), &recov1.UserRequest{UserId: readers[0].user, ChannelId: 1, TimeStamp: page.TimeStamp})
	if err != nil || !proto.Equal(again, page) || readers[0].marks.degraded.Load() {
		t.Errorf("a page served before: %v, %v", again, err)
	}
	if _, err := s.Insight.Profile(t.Context(), &recov1.ProfileRequest{UserId: readers[0].user}); err != nil {
		t.Error(err)
	}
	if got := s.get(t, s.url()+"/readyz"); got != http.StatusOK {
		t.Errorf("/readyz says %d", got)
	}
	for what, err := range map[string]error{
		"withdraw": second(s.WithdrawArticles(t.Context(), &recov1.WithdrawArticlesRequest{ArticleIds: []int64{1}})),
		"forget":   second(s.Forget(t.Context(), &recov1.ForgetRequest{UserId: "nobody"})),
		"record": second(s.Record(t.Context(), &recov1.RecordRequest{Events: []*recov1.Event{
			{UserId: "nobody", ArticleId: 1, Action: recov1.Event_CLICK},
		}})),
	} {
		var e twirp.Error
		if !errors.As(err, &e) || e.Code() != twirp.Unavailable {
			t.Errorf("%s on a full disk: %v", what, err)
		}
	}
	_, metrics := s.fetch(t, http.MethodGet, s.adminURL()+"/metrics")
	if strings.Contains(metrics, `readnext_pages_total{kind="degraded"} 0`+"\n") {
		t.Error("degraded pages are not counted")
	}

	// There is room again.
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.takesWrites(t)
	for _, r := range readers {
		r.degraded, r.refused = 0, 0
	}
	rounds(3)
	for _, r := range readers {
		if r.degraded > 0 || r.refused > 0 || len(r.unexpected) > 0 || len(r.repeated) > 0 {
			t.Errorf("%s: %d degraded, %d refused after there was room; unexpected: %v; repeated: %v",
				r.user, r.degraded, r.refused, r.unexpected, r.repeated)
		}
	}
	s.stop(t)

	s = run(t, app.Config{Store: store})
	for _, r := range readers {
		profile, err := s.Insight.Profile(t.Context(), &recov1.ProfileRequest{UserId: r.user})
		if err != nil {
			t.Fatal(err)
		}
		acted := make(map[int64]bool)
		for _, a := range profile.Acts {
			acted[a.ArticleId] = true
		}
		for _, id := range r.clicked {
			if !acted[id] {
				t.Errorf("%s: the click on %d is lost", r.user, id)
			}
		}
		for _, page := range r.recorded {
			again, err := s.UserRecommend.UserRecommend(t.Context(), &recov1.UserRequest{UserId: r.user, ChannelId: 1, TimeStamp: page.TimeStamp})
			if err != nil || !proto.Equal(again, page) {
				t.Errorf("%s: page %d is %v, %v after opening again", r.user, page.TimeStamp, again, err)
			}
		}
	}
	if got, err := s.GetArticles(t.Context(), &recov1.GetArticlesRequest{ArticleIds: []int64{1, articles}}); err != nil || len(got.Articles) != 2 {
		t.Errorf("articles: %v, %v", got, err)
	}
}

// TestRefuse answers unavailable instead.
func TestRefuse(t *testing.T) {
	disk := smallDisk(t, 48)
	s := run(t, app.Config{Store: "pebble:" + filepath.Join(disk, "store"), Degraded: app.Refuse})
	s.put(t, 50)
	fillDisk(t, disk)
	reader := newReading(s, "u")
	s.overflow(t)
	_, err := reader.ask.UserRecommend(t.Context(), &recov1.UserRequest{UserId: "u", ChannelId: 1})
	var e twirp.Error
	if !errors.As(err, &e) || e.Code() != twirp.Unavailable {
		t.Errorf("a refresh on a full disk: %v", err)
	}
	if reader.marks.degraded.Load() {
		t.Error("an error is marked as degraded")
	}
	if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
		t.Fatal(err)
	}
	s.takesWrites(t) // else the last snapshot cannot be written
}

// second is the error of a call.
func second[T any](_ T, err error) error { return err }

package evaluate_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"readnext/internal/engine"
	"readnext/internal/evaluate"
	"readnext/internal/feed"
)

const begin feed.Millis = 1_700_000_000_000

func quiet(int, int) {}

func articles(n int, published feed.Millis) []feed.Article {
	var out []feed.Article
	for i := range n {
		a := feed.Article{ID: feed.ArticleID(i + 1), Channels: []feed.ChannelID{1}, Published: published}
		a.Normalize(published)
		out = append(out, a)
	}
	return out
}

func click(user string, article feed.ArticleID, at feed.Millis) feed.Event {
	return feed.Event{User: feed.UserID(user), Article: article, Action: feed.Click, Time: begin + at, Channel: 1}
}

// fixed is a ranker that always gives one answer.
type fixed struct {
	ids  []feed.ArticleID
	seen []feed.Event
}

func (f *fixed) Name() string                              { return "fixed" }
func (f *fixed) Put(context.Context, []feed.Article) error { return nil }
func (f *fixed) Learn(_ context.Context, ev feed.Event) error {
	f.seen = append(f.seen, ev)
	return nil
}
func (f *fixed) Rank(_ context.Context, user feed.UserID, _ feed.ChannelID, now feed.Millis, _ int) ([]feed.ArticleID, error) {
	for _, ev := range f.seen {
		if ev.Time >= now && ev.User == user {
			return nil, fmt.Errorf("event of %d was learned before %d was asked about", ev.Time, now)
		}
	}
	return f.ids, nil
}

func TestReplayByHand(t *testing.T) {
	log := evaluate.Log{Articles: articles(20, begin), Events: []feed.Event{
		click("b", 4, 3), // out of order
		click("a", 2, 1), // place 2
		click("a", 2, 5), // again: no question
		{User: "c", Article: 3, Action: feed.Dislike, Time: begin + 6}, // no question
		click("c", 9, 7),  // not in the answer
		click("d", 99, 8), // no article: no question
	}}
	r := &fixed{ids: []feed.ArticleID{1, 2, 5, 4}}
	res, err := evaluate.Replay(t.Context(), evaluate.Config{}, log, []evaluate.Ranker{&onlyNew{r, nil}}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Questions) != 3 || len(r.seen) != len(log.Events) {
		t.Fatalf("%d questions, %d events learned", len(res.Questions), len(r.seen))
	}
	m := evaluate.Measure(res.Questions, 0, evaluate.All)
	near(t, "HR", m.HR.Mean, 2.0/3)
	near(t, "MRR", m.MRR.Mean, (1.0/2+1.0/4)/3)
	near(t, "nDCG", m.NDCG.Mean, (1/math.Log2(3)+1/math.Log2(5))/3)
	// Three readers with one question each: the interval of a plain mean.
	near(t, "half of HR", m.HR.Half, 1.96*math.Sqrt(2*(1.0/3)*(1.0/3)+(2.0/3)*(2.0/3))/3)
}

// onlyNew takes what the reader acted on out of the answers, as a ranker must.
type onlyNew struct {
	*fixed
	acted []feed.Event
}

func (o *onlyNew) Learn(ctx context.Context, ev feed.Event) error {
	o.acted = append(o.acted, ev)
	return o.fixed.Learn(ctx, ev)
}

func (o *onlyNew) Rank(ctx context.Context, user feed.UserID, c feed.ChannelID, now feed.Millis, n int) ([]feed.ArticleID, error) {
	ids, err := o.fixed.Rank(ctx, user, c, now, n)
	return slices.DeleteFunc(slices.Clone(ids), func(id feed.ArticleID) bool {
		return slices.ContainsFunc(o.acted, func(e feed.Event) bool { return e.User == user && e.Article == id })
	}), err
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestLeaks gives answers that only somebody who sees the future, or nothing of
// the past, could give.
func TestLeaks(t *testing.T) {
	later := articles(3, begin)
	later[2].Published = begin + 100
	events := []feed.Event{click("a", 1, 1), click("a", 2, 2)}
	for want, ids := range map[string][]feed.ArticleID{
		"is published at":             {3},
		"on which the reader had":     {1},
		"was answered, which is none": {77},
		"answered twice":              {2, 2},
	} {
		log := evaluate.Log{Articles: later, Events: events}
		_, err := evaluate.Replay(t.Context(), evaluate.Config{}, log, []evaluate.Ranker{&fixed{ids: ids}}, quiet)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("answer %v: error %v, want %q", ids, err, want)
		}
	}
}

// world is readers of two groups of articles who never cross over.
func world(seed uint64) evaluate.Log {
	rng := rand.New(rand.NewPCG(seed, 0))
	log := evaluate.Log{Articles: articles(40, begin-feed.Day)}
	at := feed.Millis(0)
	for u := range 80 {
		group := u % 2
		for _, i := range rng.Perm(20)[:8] {
			at += feed.Minute
			log.Events = append(log.Events, click(fmt.Sprint("u", u), feed.ArticleID(2*i+group+1), at))
		}
	}
	return log
}

// TestEverybodyFindsTheGroups wants the methods that see readers to beat those
// that do not, in both protocols, the engine among them.
func TestEverybodyFindsTheGroups(t *testing.T) {
	rankers := func() []evaluate.Ranker {
		e, err := evaluate.NewEngine(t.Context(), "readnext", engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		return []evaluate.Ranker{evaluate.Random(1), evaluate.Newest(), evaluate.Popular("day", feed.Day),
			e, evaluate.ItemKNN(), evaluate.SequentialRules(), evaluate.VSkNN(), evaluate.EASE(10, 100)}
	}
	log := world(1)
	timed, err := evaluate.Replay(t.Context(), evaluate.Config{Skip: 300}, log, rankers(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	static, err := evaluate.Static(t.Context(), evaluate.Config{}, evaluate.Split{Seed: 3}, log, rankers(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	for name, res := range map[string]*evaluate.Result{"by time": timed, "all but one": static} {
		rows := res.Rows(len(log.Articles))
		for _, r := range rows[3:] {
			for _, plain := range rows[:3] {
				if r.All.HR.Mean < plain.All.HR.Mean+0.15 {
					t.Errorf("%s: %s has HR %v, %s %v", name, r.Name, r.All.HR, plain.Name, plain.All.HR)
				}
			}
		}
		var b strings.Builder
		if err := evaluate.WriteMarkdown(&b, 10, rows); err != nil || strings.Count(b.String(), "\n") != 4+len(rows) {
			t.Errorf("report: %v\n%s", err, b.String())
		}
	}
}

// TestRepeatable wants the same result from the same log, digit for digit.
func TestRepeatable(t *testing.T) {
	var last string
	for range 2 {
		e, err := evaluate.NewEngine(t.Context(), "readnext", engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := evaluate.Replay(t.Context(), evaluate.Config{}, world(2), []evaluate.Ranker{e, evaluate.Random(5), evaluate.VSkNN()}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := evaluate.WriteJSON(&b, res.Rows(40)); err != nil {
			t.Fatal(err)
		}
		if last != "" && b.String() != last {
			t.Fatalf("two results of one log:\n%s\n%s", last, b.String())
		}
		last = b.String()
	}
}

// channels writes down on which channel it is asked.
type channels struct {
	fixed
	asked map[feed.UserID]feed.ChannelID
}

func (c *channels) Rank(_ context.Context, user feed.UserID, channel feed.ChannelID, _ feed.Millis, _ int) ([]feed.ArticleID, error) {
	c.asked[user] = channel
	return nil, nil
}

// TestHeldBackChannels holds back one of two events, each on its own channel:
// the question must not tell the channel of the one that is looked for.
func TestHeldBackChannels(t *testing.T) {
	log := evaluate.Log{Articles: articles(2, begin)}
	for u := range 20 {
		for i := range 2 {
			ev := click(fmt.Sprint("u", u), feed.ArticleID(1+i), feed.Millis(i))
			ev.Channel = feed.ChannelID(1 + i)
			log.Events = append(log.Events, ev)
		}
	}
	r := &channels{asked: make(map[feed.UserID]feed.ChannelID)}
	if _, err := evaluate.Static(t.Context(), evaluate.Config{}, evaluate.Split{}, log, []evaluate.Ranker{r}, quiet); err != nil {
		t.Fatal(err)
	}
	for _, ev := range r.seen {
		if r.asked[ev.User] != ev.Channel {
			t.Errorf("%s acted on channel %d, and was asked for on channel %d", ev.User, ev.Channel, r.asked[ev.User])
		}
	}
}

// TestOneReaderTellsNoInterval asks for one reader, whose questions say nothing
// of how others would fare.
func TestOneReaderTellsNoInterval(t *testing.T) {
	log := evaluate.Log{Articles: articles(8, begin-feed.Day)}
	for i := range 8 {
		log.Events = append(log.Events, click("u", feed.ArticleID(1+i), feed.Millis(i)*feed.Hour))
	}
	res, err := evaluate.Replay(t.Context(), evaluate.Config{}, log, []evaluate.Ranker{evaluate.Newest(), evaluate.Random(1)}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := evaluate.WriteMarkdown(&b, 10, res.Rows(8)); err != nil || strings.Contains(b.String(), "±") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// TestSplit looks at what is held back through a ranker that knows nothing.
func TestSplit(t *testing.T) {
	log := world(3)
	for _, tc := range []struct {
		split evaluate.Split
		held  int // of the 8 articles of each reader
	}{{evaluate.Split{}, 1}, {evaluate.Split{Share: 0.25}, 2}, {evaluate.Split{Share: 1}, 7}} {
		r := &fixed{}
		res, err := evaluate.Static(t.Context(), evaluate.Config{}, tc.split, log, []evaluate.Ranker{r}, quiet)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Questions) != 80 || len(r.seen) != 80*(8-tc.held) {
			t.Errorf("%+v: %d questions, %d events learned", tc.split, len(res.Questions), len(r.seen))
		}
	}
	res, err := evaluate.Static(t.Context(), evaluate.Config{}, evaluate.Split{Readers: 0.3, Seed: 1}, log, []evaluate.Ranker{&fixed{}}, quiet)
	if err != nil || len(res.Questions) < 10 || len(res.Questions) > 40 {
		t.Errorf("%d of 80 readers tested, %v", len(res.Questions), err)
	}
}

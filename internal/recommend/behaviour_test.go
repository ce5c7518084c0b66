package recommend_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// TestBehaviour plays the scripts in testdata against a whole feed: store,
// learner and recommender, on a clock the script moves. Their commands:
//
//	put ID... [channels=1,2] [age=1h] [life=2h] [tags=a,b] [author=x] [boost=2]
//	withdraw ID...
//	record USER ACTION ID... [ago=5m] [channel=1]
//	show USER CHANNEL NUM [ts=now|0|-90s|+5s|@NAME] [as=NAME]
//	preview USER CHANNEL NUM [ago=24h]
//	why USER CHANNEL NUM [ago=24h]
//	similar ID NUM
//	trending CHANNEL NUM [ago=24h]
//	reader USER
//	forget USER
//	advance 1h
//	restart
//
// put makes articles of one age a second apart, the first the youngest. show
// prints the page as "ids: 3 2 1", "stamp: NAME" (a number for an unnamed
// one) and "older: NAME"; as=NAME names its stamp.
func TestBehaviour(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			s := &script{house: newHouse(t, env.WorkDir+"/store"), names: map[feed.Millis]string{0: "none"}}
			env.Values["script"] = s
			env.Defer(func() { s.house.close() })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"put":      command((*script).put),
			"withdraw": command((*script).withdraw),
			"record":   command((*script).record),
			"show":     command((*script).show),
			"preview":  command((*script).preview),
			"why":      command((*script).why),
			"similar":  command((*script).similar),
			"trending": command((*script).trending),
			"reader":   command((*script).reader),
			"forget":   command((*script).forget),
			"advance":  command((*script).advance),
			"restart":  command((*script).restart),
		},
	})
}

type script struct {
	*house
	names map[feed.Millis]string
}

// command runs a script's command; with ! it must fail, and its error is what
// stderr matches.
func command(do func(*script, *testscript.TestScript, args) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, words []string) {
		a := args{named: map[string]string{}}
		for _, w := range words {
			if k, v, ok := strings.Cut(w, "="); ok {
				a.named[k] = v
			} else {
				a.words = append(a.words, w)
			}
		}
		err := do(ts.Value("script").(*script), ts, a)
		if neg {
			if err == nil {
				ts.Fatalf("no error")
			}
			fmt.Fprintln(ts.Stderr(), err)
			return
		}
		ts.Check(err)
	}
}

type args struct {
	words []string
	named map[string]string
}

func (a args) span(name string) feed.Millis {
	if a.named[name] == "" {
		return 0
	}
	return span(a.named[name])
}

func span(s string) feed.Millis {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		return feed.Millis(number(days)) * feed.Day
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return feed.Millis(d.Milliseconds())
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (s *script) put(_ *testscript.TestScript, a args) error {
	var articles []feed.Article
	for i, w := range a.words {
		art := feed.Article{
			ID:        feed.ArticleID(number(w)),
			Published: s.now - a.span("age") - feed.Millis(i)*feed.Second,
			Author:    a.named["author"],
			Title:     "Article " + w,
		}
		for _, c := range strings.Split(or(a.named["channels"], "1"), ",") {
			art.Channels = append(art.Channels, feed.ChannelID(number(c)))
		}
		if t := a.named["tags"]; t != "" {
			art.Tags = strings.Split(t, ",")
		}
		if l := a.span("life"); l != 0 {
			art.Expires = art.Published + l
		}
		if b := a.named["boost"]; b != "" {
			art.Boost, _ = strconv.ParseFloat(b, 64)
		}
		art.Normalize(s.now)
		if err := art.Validate(); err != nil {
			return err
		}
		articles = append(articles, art)
	}
	_, err := s.learner.PutArticles(context.Background(), articles)
	return err
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func (s *script) withdraw(_ *testscript.TestScript, a args) error {
	var ids []feed.ArticleID
	for _, w := range a.words {
		ids = append(ids, feed.ArticleID(number(w)))
	}
	_, err := s.learner.WithdrawArticles(context.Background(), ids)
	return err
}

var actions = map[string]feed.Action{
	"EXPOSURE": feed.Exposure, "CLICK": feed.Click, "READ": feed.Read,
	"COLLECT": feed.Collect, "SHARE": feed.Share, "DISLIKE": feed.Dislike,
}

func (s *script) record(_ *testscript.TestScript, a args) error {
	var signals []feed.Signal
	for i, w := range a.words[2:] {
		ev := feed.Event{
			User:    feed.UserID(a.words[0]),
			Action:  actions[a.words[1]],
			Article: feed.ArticleID(number(w)),
			Time:    s.now - a.span("ago") + feed.Millis(i),
			Channel: feed.ChannelID(number(or(a.named["channel"], "1"))),
		}
		if err := ev.Validate(s.now); err != nil {
			return err
		}
		signals = append(signals, feed.Signal{User: ev.User, Events: []feed.Event{ev}})
	}
	_, err := s.learner.Submit(context.Background(), signals, s.now)
	return err
}

func (s *script) show(ts *testscript.TestScript, a args) error {
	req := recommend.Request{
		User:    feed.UserID(a.words[0]),
		Channel: feed.ChannelID(number(a.words[1])),
		Num:     int(number(a.words[2])),
	}
	switch at := or(a.named["ts"], "0"); {
	case at == "0":
	case at == "now":
		req.Stamp = s.now
	case at[0] == '-' || at[0] == '+':
		req.Stamp = s.now + span(at)
	case at[0] == '@':
		for stamp, name := range s.names {
			if name == at[1:] {
				req.Stamp = stamp
			}
		}
		if req.Stamp == 0 {
			ts.Fatalf("no page was named %s", at[1:])
		}
	default:
		req.Stamp = feed.Millis(number(at))
	}
	ans, err := s.recommender.Recommend(context.Background(), req, s.now)
	if err != nil {
		return err
	}
	stamp := feed.Millis(0)
	fmt.Fprint(ts.Stdout(), "ids:")
	if ans.Page != nil {
		stamp = ans.Page.Stamp
		for i, p := range ans.Page.Places {
			if ans.Shown(i) {
				fmt.Fprintf(ts.Stdout(), " %d", p.Article)
			}
		}
	}
	if name := a.named["as"]; name != "" {
		if stamp == 0 {
			ts.Fatalf("there is no page to name")
		}
		s.names[stamp] = name
	}
	fmt.Fprintf(ts.Stdout(), "\nstamp: %s\nolder: %s\n", s.name(stamp), s.name(ans.Older))
	return nil
}

func (s *script) name(stamp feed.Millis) string {
	if n, ok := s.names[stamp]; ok {
		return n
	}
	return strconv.FormatInt(int64(stamp-s.now), 10) + "ms from now"
}

func (s *script) preview(ts *testscript.TestScript, a args) error {
	scored, err := s.recommender.Preview(context.Background(), feed.UserID(a.words[0]),
		feed.ChannelID(number(a.words[1])), int(number(a.words[2])), s.now-a.span("ago"))
	return print(ts, scored, err)
}

// why prints the reason of every article of a preview.
func (s *script) why(ts *testscript.TestScript, a args) error {
	scored, err := s.recommender.Preview(context.Background(), feed.UserID(a.words[0]),
		feed.ChannelID(number(a.words[1])), int(number(a.words[2])), s.now-a.span("ago"))
	for _, sc := range scored {
		fmt.Fprintf(ts.Stdout(), "%d: %s\n", sc.Article, sc.Reason.Text)
	}
	return err
}

// print prints ids on the first line, then the sources of each.
func print(ts *testscript.TestScript, scored []recommend.Scored, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprint(ts.Stdout(), "ids:")
	for _, sc := range scored {
		fmt.Fprintf(ts.Stdout(), " %d", sc.Article)
	}
	fmt.Fprintln(ts.Stdout())
	for _, sc := range scored {
		fmt.Fprintf(ts.Stdout(), "%d:", sc.Article)
		for _, src := range sc.Sources {
			fmt.Fprintf(ts.Stdout(), " %s", src.Name)
		}
		fmt.Fprintln(ts.Stdout())
	}
	return nil
}

func (s *script) similar(ts *testscript.TestScript, a args) error {
	scored, err := s.recommender.Similar(context.Background(), feed.ArticleID(number(a.words[0])), int(number(a.words[1])), s.now)
	return print(ts, scored, err)
}

func (s *script) trending(ts *testscript.TestScript, a args) error {
	scored, err := s.recommender.Trending(context.Background(), feed.ChannelID(number(a.words[0])), int(number(a.words[1])), s.now-a.span("ago"))
	return print(ts, scored, err)
}

func (s *script) reader(ts *testscript.TestScript, a args) error {
	r, err := s.recommender.Reader(context.Background(), feed.UserID(a.words[0]), s.now)
	if err != nil {
		return err
	}
	fmt.Fprintf(ts.Stdout(), "acted: %d\nserved: %d\n", len(r.Profile.Acted), len(r.Profile.Served))
	for kind, names := range map[string][]recommend.Named{"tags": r.Tags, "authors": r.Authors, "channels": r.Channels} {
		fmt.Fprintf(ts.Stdout(), "%s:", kind)
		for _, n := range names {
			fmt.Fprintf(ts.Stdout(), " %s", n.Name)
		}
		fmt.Fprintln(ts.Stdout())
	}
	return nil
}

func (s *script) forget(_ *testscript.TestScript, a args) error {
	return s.learner.Forget(context.Background(), feed.UserID(a.words[0]))
}

func (s *script) advance(_ *testscript.TestScript, a args) error {
	s.now += span(a.words[0])
	return nil
}

func (s *script) restart(ts *testscript.TestScript, _ args) error {
	s.house.restart()
	return nil
}

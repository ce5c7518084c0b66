package recommend

import (
	"fmt"

	"readnext/internal/feed"
)

// Reason is why an article has its place, in words and for machines.
type Reason struct {
	Kind    feed.ReasonKind
	Text    string         // plain English; "readers of article 7 went on to this"
	Article feed.ArticleID // what Kind refers to; 0 and "" for nothing
	Tag     string
	Author  string
	Channel feed.ChannelID
}

// spell puts a reason into words.
func (r *Recommender) spell(q *feed.Query, it *feed.Item, why feed.Reason) Reason {
	out := Reason{Kind: why.Kind, Article: why.Article, Channel: why.Channel}
	switch why.Kind {
	case feed.ReasonFollows:
		out.Text = fmt.Sprintf("readers of article %d went on to this", why.Article)
	case feed.ReasonTogether:
		out.Text = fmt.Sprintf("often read by readers of article %d", why.Article)
	case feed.ReasonLikeness:
		out.Text = fmt.Sprintf("like article %d, which this reader read", why.Article)
	case feed.ReasonSession:
		out.Text = "readers with a session like this one read it"
	case feed.ReasonTag:
		out.Tag = r.Catalog.Name(why.Name)
		out.Text = fmt.Sprintf("about %q, which this reader likes", out.Tag)
	case feed.ReasonAuthor:
		out.Author = r.Catalog.Name(why.Name)
		out.Text = fmt.Sprintf("by %q, whom this reader likes", out.Author)
	case feed.ReasonChannel:
		out.Text = fmt.Sprintf("in channel %d, which this reader likes", why.Channel)
	case feed.ReasonTrending:
		out.Text = "trending " + where(why.Channel)
	case feed.ReasonPopular:
		out.Text = "popular " + where(why.Channel)
	case feed.ReasonClicked:
		out.Text = "clicked more often than expected by those who see it"
	case feed.ReasonFresh:
		out.Text = "published " + ago(q.Now-it.Published)
	case feed.ReasonTried:
		out.Text = "new, being tried"
	case feed.ReasonBoosted:
		out.Text = "boosted by an editor"
	case feed.ReasonFiller:
		out.Text = "nothing speaks for it more than for others"
	}
	return out
}

func where(c feed.ChannelID) string {
	if c == feed.AllChannels {
		return "everywhere"
	}
	return fmt.Sprintf("in channel %d", c)
}

// ago writes an age in its largest whole unit.
func ago(age feed.Millis) string {
	for _, u := range []struct {
		span feed.Millis
		name string
	}{{feed.Day, "day"}, {feed.Hour, "hour"}, {feed.Minute, "minute"}} {
		switch n := age / u.span; {
		case n == 1:
			return "1 " + u.name + " ago"
		case n > 1:
			return fmt.Sprintf("%d %ss ago", n, u.name)
		}
	}
	return "just now"
}

package feed

import (
	"math"
	"slices"
	"unicode/utf8"
)

// Article is something to read, as the catalogue keeps it.
type Article struct {
	ID        ArticleID
	Channels  []ChannelID // ascending, distinct, at least one
	Published Millis      // from when on it may be shown
	Expires   Millis      // from when on it may no longer be shown; 0: never
	Title     string
	URL       string
	Author    string
	Tags      []string // distinct, in the order given
	Language  string
	Embedding []float32 // optional
	Boost     float64   // an editor's multiplier; above 0
	Withdrawn bool
}

// Limits of one article.
const (
	MaxChannels  = 64
	MaxTags      = 64
	MaxTextBytes = 4096 // title, url
	MaxNameBytes = 256  // author, tag, language
	MaxEmbedding = 4096 // dimensions
	MaxBoost     = 1000
)

// Normalize fills defaults (a missing publish time is now, a zero boost 1),
// sorts the channels and drops repeated channels and tags. It changes a in
// place and copies what it changes. More channels or tags than an article may
// have are left as they are, for Validate to reject.
func (a *Article) Normalize(now Millis) {
	if a.Published == 0 {
		a.Published = now
	}
	if a.Boost == 0 {
		a.Boost = 1
	}
	channels := slices.Clone(a.Channels)
	slices.Sort(channels)
	a.Channels = slices.Compact(channels)
	if len(a.Tags) > MaxTags { // repeats are looked for one by one
		return
	}
	tags := make([]string, 0, len(a.Tags))
	for _, t := range a.Tags {
		if t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	a.Tags = tags
}

// Validate reports the first thing wrong with a as an [Invalid] error.
func (a *Article) Validate() error {
	switch {
	case a.ID <= 0:
		return Invalidf("article_id", "is %d; ids are above 0", a.ID)
	case len(a.Channels) == 0:
		return Invalidf("channel_ids", "is empty; an article is in at least one channel")
	case len(a.Channels) > MaxChannels:
		return Invalidf("channel_ids", "holds %d channels; at most %d are allowed", len(a.Channels), MaxChannels)
	case a.Published < 0:
		return Invalidf("publish_time", "is %d; times are not negative", a.Published)
	case a.Expires < 0:
		return Invalidf("expire_time", "is %d; times are not negative", a.Expires)
	case a.Expires != 0 && a.Expires <= a.Published:
		return Invalidf("expire_time", "is %d, not after publish_time %d", a.Expires, a.Published)
	case len(a.Tags) > MaxTags:
		return Invalidf("tags", "holds %d tags; at most %d are allowed", len(a.Tags), MaxTags)
	case len(a.Embedding) > MaxEmbedding:
		return Invalidf("embedding", "has %d dimensions; at most %d are allowed", len(a.Embedding), MaxEmbedding)
	case math.IsNaN(a.Boost) || a.Boost < 0 || a.Boost > MaxBoost:
		return Invalidf("boost", "is %v; it lies between 0 and %d", a.Boost, MaxBoost)
	}
	for _, c := range a.Channels {
		if c <= 0 {
			return Invalidf("channel_ids", "holds %d; ids are above 0", c)
		}
	}
	for _, x := range a.Embedding {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return Invalidf("embedding", "holds %v", x)
		}
	}
	if err := validText("title", a.Title, MaxTextBytes); err != nil {
		return err
	}
	if err := validText("url", a.URL, MaxTextBytes); err != nil {
		return err
	}
	if err := validText("author_id", a.Author, MaxNameBytes); err != nil {
		return err
	}
	if err := validText("language", a.Language, MaxNameBytes); err != nil {
		return err
	}
	for _, t := range a.Tags {
		if err := validText("tags", t, MaxNameBytes); err != nil {
			return err
		}
	}
	return nil
}

func validText(field, s string, limit int) error {
	if len(s) > limit {
		return Invalidf(field, "is %d bytes long; at most %d are allowed", len(s), limit)
	}
	if !utf8.ValidString(s) {
		return Invalidf(field, "is not valid UTF-8")
	}
	return nil
}

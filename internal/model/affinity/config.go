package affinity

import "readnext/internal/feed"

// Config holds the settings. The tables grow with the catalogue, one row an
// article and one a name.
type Config struct {
	// PerName bounds the articles listed under each tag and author: the newest
	// by publish time, later ones of the log among equals. An article that is
	// withdrawn leaves a place to the next that is put. Default: 64.
	PerName int

	// Dimensions is the longest embedding that is kept, in a byte a dimension,
	// for Recall and Similar; Score compares longer ones, too. Default: 1024.
	Dimensions int

	// Flat is how many articles whose embeddings have the same number of
	// dimensions are searched one by one; where there are more, in the buckets
	// of an index. Default: 2048.
	Flat int

	// Newest bounds the articles of a bucket that a search looks at: the newest
	// by publish time, the higher Ord among equals. Default: 64.
	Newest int

	// Nearest is how many of the articles nearest to a reader Recall proposes.
	// Default: 64.
	Nearest int

	// HalfLife is the age at which an act weighs half, counted back from the
	// reader's newest act. Default: 30 days.
	HalfLife feed.Millis

	// RankHalf is the number of newer acts at which an act weighs half.
	// Default: 20.
	RankHalf int

	// Latest is how many of a reader's acts a request looks at, the newest.
	// Default: 50.
	Latest int

	// Tags and Authors are how many of each, the reader's strongest, Recall
	// looks under. Default: 8, 4.
	Tags, Authors int
}

// EnsureDefaults sets what is zero to its default.
func (c *Config) EnsureDefaults() {
	orElse(&c.PerName, 64)
	orElse(&c.Dimensions, 1024)
	orElse(&c.Flat, 2048)
	orElse(&c.Newest, 64)
	orElse(&c.Nearest, 64)
	orElse(&c.HalfLife, 30*feed.Day)
	orElse(&c.RankHalf, 20)
	orElse(&c.Latest, 50)
	orElse(&c.Tags, 8)
	orElse(&c.Authors, 4)
}

func orElse[T int | feed.Millis](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// Validate reports the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, x := range []struct {
		name    string
		v, most int
	}{
		{"per_name", c.PerName, 1 << 16},
		{"dimensions", c.Dimensions, feed.MaxEmbedding},
		{"flat", c.Flat, 1 << 16},
		{"newest", c.Newest, 1 << 16},
		{"nearest", c.Nearest, maxNearest},
		{"rank_half", c.RankHalf, 1 << 16},
		{"latest", c.Latest, feed.MaxActs},
		{"tags", c.Tags, maxPicked},
		{"authors", c.Authors, maxPicked},
	} {
		if x.v < 1 || x.v > x.most {
			return feed.Invalidf("affinity."+x.name, "is %d, not between 1 and %d", x.v, x.most)
		}
	}
	if c.HalfLife < feed.Minute {
		return feed.Invalidf("affinity.half_life", "is %d ms, below a minute", c.HalfLife)
	}
	return nil
}

package recommend

import (
	"errors"
	"fmt"

	"readnext/internal/explore"
	"readnext/internal/feed"
)

// Config sets a Recommender; zero fields take their defaults.
type Config struct {
	// Recall is how many proposals each source is asked for; 50. A request
	// for more than a third as many articles asks for three times as many, and
	// that of a reader who was served and acted on more than half as many for
	// twice as many: some are dropped again.
	Recall int
	// Ranked is how many candidates get features and a score at most: those that
	// stand highest in the sources' lists; 192. It is fewer where the ranker knows
	// that fewer do. A request for more than a third as many articles ranks three
	// times as many. Where chance gives places to fresh
	// articles, all that were proposed are ranked, too.
	Ranked int
	// Acts is how many of a reader's latest acts are looked at; 50.
	Acts int
	// Explore says how slates are drawn; the zero value is greedy.
	Explore explore.Policy
	// ExploreBy says it of channels for which Explore does not hold.
	// feed.AllChannels is the requests for all of them mixed.
	ExploreBy map[feed.ChannelID]explore.Policy
	// Diversity keeps pages from repeating authors, channels and tags; the zero
	// value lets them. The channels' window is for pages of all channels.
	Diversity explore.Windows
	// FreshFor is how long after its publication an article is fresh to
	// Explore; 24 hours.
	FreshFor feed.Millis

	// Degraded answers a refresh that the store cannot record at present
	// ([feed.Unavailable]) with a page that is not recorded, rather than with
	// the store's error.
	Degraded bool
	// Profiles remembers the profiles read last for such pages: for a store
	// that is away as a whole. One that fails writes only needs none.
	Profiles bool
	// MemoryBytes is about how much is remembered for such pages: profiles, and
	// the pages themselves; 64 MiB.
	MemoryBytes int64
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.Recall == 0 {
		c.Recall = 50
	}
	if c.Ranked == 0 {
		c.Ranked = 192
	}
	if c.Acts == 0 {
		c.Acts = 50
	}
	if c.FreshFor == 0 {
		c.FreshFor = feed.Day
	}
	if c.MemoryBytes == 0 {
		c.MemoryBytes = 64 << 20
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if c.Recall < 0 || c.Ranked < 0 || c.Acts < 0 {
		return errors.New("recommend: recall, ranked and acts are not negative")
	}
	if c.MemoryBytes < 0 {
		return errors.New("recommend: less than nothing is remembered")
	}
	if c.FreshFor < 0 {
		return errors.New("recommend: fresh for less than no time")
	}
	if err := c.Explore.Validate(); err != nil {
		return err
	}
	for ch, p := range c.ExploreBy {
		if ch < 0 {
			return fmt.Errorf("recommend: exploration on channel %d; ids are not negative", ch)
		}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("recommend: channel %d: %w", ch, err)
		}
	}
	return c.Diversity.Validate()
}

// slates returns how a channel's slates are drawn.
func (c *Config) slates(ch feed.ChannelID) (explore.Policy, explore.Windows) {
	policy, ok := c.ExploreBy[ch]
	if !ok {
		policy = c.Explore
	}
	windows := c.Diversity
	if ch != feed.AllChannels { // all its articles are in it
		windows.Channel = explore.Window{}
	}
	return policy, windows
}

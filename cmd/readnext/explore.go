package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"readnext/internal/explore"
	"readnext/internal/feed"
	"readnext/internal/recommend"
)

// exploreFlags say how much chance and how much diversity pages have.
type exploreFlags struct {
	Temperature []channelValue  `name:"explore-temperature" default:"0" env:"READNEXT_EXPLORE_TEMPERATURE" placeholder:"[CHANNEL=]T" help:"How much chance decides places, in units of the score; 0 is the best first (${default}). 3=0.5 is for channel 3 alone; may be given again."`
	Fresh       []channelValue  `name:"explore-fresh" default:"0" env:"READNEXT_EXPLORE_FRESH" placeholder:"[CHANNEL=]SHARE" help:"The share of places that articles of the last 24 hours get at random, 0 to 1 (${default}). 3=0.1 is for channel 3 alone; may be given again."`
	Diversity   explore.Windows `default:"off" env:"READNEXT_DIVERSITY" placeholder:"WINDOWS" help:"How much of one author, channel or tag a page may have: author=2/10,channel=4/10,tag=6/10 is at most 2 of 10 consecutive places by one author, and so on (${default})."`
}

// config puts the flags together.
func (f *exploreFlags) config() (recommend.Config, error) {
	temperatures, err := byChannel("explore-temperature", f.Temperature)
	if err != nil {
		return recommend.Config{}, err
	}
	shares, err := byChannel("explore-fresh", f.Fresh)
	if err != nil {
		return recommend.Config{}, err
	}
	cfg := recommend.Config{
		Explore:   explore.Policy{Temperature: temperatures[everyChannel], FreshShare: shares[everyChannel]},
		ExploreBy: make(map[feed.ChannelID]explore.Policy),
		Diversity: f.Diversity,
	}
	for _, values := range []map[feed.ChannelID]float64{temperatures, shares} {
		for ch := range values {
			if ch == everyChannel {
				continue
			}
			p := cfg.Explore
			if t, ok := temperatures[ch]; ok {
				p.Temperature = t
			}
			if s, ok := shares[ch]; ok {
				p.FreshShare = s
			}
			cfg.ExploreBy[ch] = p
		}
	}
	return cfg, nil
}

// channelValue is a number for a channel, or for every one without its own.
type channelValue struct {
	channel feed.ChannelID
	value   float64
}

// everyChannel is no channel's number; 0 is that of all channels mixed.
const everyChannel feed.ChannelID = -1

// UnmarshalText reads "0.5", or "3=0.5".
func (v *channelValue) UnmarshalText(text []byte) error {
	s, channel := string(text), everyChannel
	if id, value, ok := strings.Cut(s, "="); ok {
		n, err := strconv.ParseUint(id, 10, 31)
		if err != nil {
			return fmt.Errorf("%q is no channel", id)
		}
		s, channel = value, feed.ChannelID(n)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("%q is no number", s)
	}
	*v = channelValue{channel, x}
	return nil
}

// byChannel collects a flag's values; two for one channel are an error.
func byChannel(flag string, values []channelValue) (map[feed.ChannelID]float64, error) {
	out := make(map[feed.ChannelID]float64, len(values))
	for _, v := range values {
		if _, twice := out[v.channel]; twice && v.channel == everyChannel {
			return nil, fmt.Errorf("--%s: two values are for every channel", flag)
		} else if twice {
			return nil, fmt.Errorf("--%s: two values are for channel %d", flag, v.channel)
		}
		out[v.channel] = v.value
	}
	return out, nil
}

package main

import (
	"time"

	"readnext/internal/engine"
	"readnext/internal/feed"
)

// learnFlags say what the engine learns from, and with what.
type learnFlags struct {
	ValueClick   float64       `default:"1" env:"READNEXT_VALUE_CLICK" help:"What a click is worth to the models (${default})."`
	ValueRead    float64       `default:"1" env:"READNEXT_VALUE_READ" help:"What a read to the end is worth; shorter ones are worth their share (${default})."`
	ValueCollect float64       `default:"2" env:"READNEXT_VALUE_COLLECT" help:"What collecting is worth (${default})."`
	ValueShare   float64       `default:"2" env:"READNEXT_VALUE_SHARE" help:"What sharing is worth (${default})."`
	ValueDislike float64       `default:"-2" env:"READNEXT_VALUE_DISLIKE" help:"What a dislike is worth (${default})."`
	ReadFull     time.Duration `default:"30s" env:"READNEXT_READ_FULL" help:"How long a read to the end takes (${default})."`
	SessionGap   time.Duration `default:"30m" env:"READNEXT_SESSION_GAP" help:"The silence that ends a reader's session (${default})."`
	FitCPU       float64       `name:"fit-cpu" default:"0.5" env:"READNEXT_FIT_CPU" help:"The share of one processor that fits in the background may take (${default})."`
	Spare        float64       `default:"0.005" env:"READNEXT_SPARE" help:"How much of a page's worth may be lost by not asking sources that cost much and add little; 0 asks all, always (${default})."`
	MaxArticles  int           `default:"1000000" env:"READNEXT_MAX_ARTICLES" help:"How many articles are kept in memory; beyond it those gone longest are dropped first (${default})."`
}

// config puts the flags together; the rest is default.
func (f *learnFlags) config() engine.Config {
	var cfg engine.Config
	cfg.Learn.Values = feed.Values{
		Click: f.ValueClick, Collect: f.ValueCollect, Share: f.ValueShare, Dislike: f.ValueDislike,
		ReadFull: f.ValueRead, ReadFullTime: feed.Millis(f.ReadFull.Milliseconds()),
	}
	gap := feed.Millis(f.SessionGap.Milliseconds())
	cfg.Models.Neighbours.Gap, cfg.Models.Ranker.Gap = gap, gap
	cfg.Models.Catalog.Articles = f.MaxArticles
	cfg.Models.Factor.FitCPU = f.FitCPU
	cfg.Models.Ranker.Spare = f.Spare
	if f.Spare == 0 {
		cfg.Models.Ranker.Spare = -1
	}
	began := time.Now()
	cfg.Models.Factor.Clock = func() time.Duration { return time.Since(began) }
	return cfg
}

package sim

import "readnext/internal/feed"

// Channel is a part of the newsroom's app.
type Channel struct {
	ID   feed.ChannelID
	Name string
}

// channelList are the channels of every world.
func channelList() []Channel {
	return []Channel{
		{1, "Science"}, {2, "Technology"}, {3, "Culture"},
		{4, "Sport"}, {5, "Money"}, {6, "Living"},
	}
}

// Topic is what articles are about and what readers have a taste for, numbered
// from 0 within a world.
type Topic int

// subject is a topic with the words to write about it.
type subject struct {
	name    string
	channel feed.ChannelID
	life    feed.Millis // typical lifetime of an article; 0: they never expire
	// things are what one article is about, as "tag|noun phrase"; the phrases
	// are plural, so that every template's verbs agree.
	things []string
	// groups are who acts, singular; {place} is replaced.
	groups []string
	// templates are titles; see title.go for their slots.
	templates []string
}

// subjects are the topics of every world: three a channel, in channel order.
func subjects() []subject {
	var all []subject
	all = append(all, scienceSubjects()...)
	all = append(all, technologySubjects()...)
	all = append(all, cultureSubjects()...)
	all = append(all, sportSubjects()...)
	all = append(all, moneySubjects()...)
	all = append(all, livingSubjects()...)
	return all
}

// Package truth is a closed-loop world whose truth is known: a newsroom that
// publishes all day, readers with a handful of tastes, and the exact
// probability of every click.
//
// A reader who is shown an article at a position (from 0) clicks with
//
//	P(click) = examine · relevance
//	examine  = (1+position)^-η
//	relevance = 1 - exp(-h)
//	h = Base · taste · trend · quality · freshness · lift · Fatigue^n
//	freshness = 1 / (1 + (age/halfLife)^1.5)
//
// where η is the reader's, taste is the reader's for the article's sub-topics
// on that day, trend is everybody's interest in the topic on that day, quality
// and halfLife are the article's, lift is above 1 once a news break has made
// the article everybody's, and n counts the articles on the same topic shown
// above in this visit. Clicks fall off along a page as a power of the position
// (Joachims, Swaminathan, Schnabel, 2017) and with age by a power law
// (Dezső et al., 2006); quality is log-normal (Wu, Huberman, 2007).
//
// A recommender sees none of it: it is told articles with tags, authors and
// channels, and what readers do. Tags name the topic, and of most articles the
// sub-topic that they are mostly about, which is what a reader's taste is for,
// but not the one that they are about besides; of the others authors tell a part
// of it, and the rest only other readers' clicks.
//
// When readers come, how many pages they look at, and what they would click if
// it were shown is drawn beforehand and does not depend on what they are shown.
// So two recommenders can be held against each other page by page, with little
// noise. The price: a better feed does not bring readers back.
//
// A World is made from a seed and never changes; its methods may be called
// concurrently. The zero World is not useful; use [New]. The world for somebody
// who watches a demonstration is package sim's: that one has words.
package truth

// Package sim is a small invented newsroom with readers whose minds are known:
// a world in which one can try, show and measure a recommender without a single
// real person's data.
//
// A [World] is made from a seed and never changes. It knows its articles, its
// readers' tastes, and the exact probability with which a reader clicks an
// article at a position at a time ([World.ClickProbability]); so the best
// possible page is known too ([World.Oracle]), and a recommender can be held
// against it. [Run] lets the readers loose on a recommender: first a past that
// is invented in one go, then refreshes and reports at a gentle pace.
//
// It trades realism for truth: tastes do not drift, readers do not talk to each
// other, and everybody reads English. Do not tune a recommender to it and
// expect the same gain with people.
//
// All of a world's methods are pure and may be called concurrently; whoever
// needs chance passes a generator in. The zero World is empty and not useful;
// use [New].
package sim

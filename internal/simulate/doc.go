// Package simulate lets the live engine and simple policies serve the same
// readers in a world whose truth is known, in virtual time, and says how far
// each is from the best there is.
//
// Every policy has a copy of the world to itself: the same articles at the same
// times, the same readers asking for the same number of pages, and the same
// chance in every click. What differs is what is on the pages. So policies are
// compared page by page, and by expected clicks: the sum over a page's
// positions of the exact probabilities of a click, which has none of the noise
// of the clicks themselves.
//
// It promises equal results for equal configurations, and the engine as it
// serves: the same store, learner and recommender, with only the clock and the
// network left out. It trades realism for truth, as package truth says; a
// figure of it is a figure of that world. The zero Config is the default
// simulation.
package simulate

// Package evaluate replays logs through the very code that serves and says how
// often it would have shown the article that a reader went on to.
//
// The replay is prequential (Dawid, 1984; Gama, Sebastião, Rodrigues, 2013):
// for each event, in order of time, a ranking is asked for first, as of the
// event's time, and the event is learned afterwards. Nobody who ranks can see
// the future, because it has not happened yet: the models hold nothing later, no
// event and no article.
//
// It promises the numbers of a protocol that is the same for every ranker, not
// what readers would have done with other pages: a log holds only what its own
// readers found.
package evaluate

// Package feed is the domain of readnext: the words that every other room
// speaks, and the few rules that are true of them everywhere. It imports
// nothing of ours and does no input or output.
//
// # Glossary
//
//   - article: something to read, in one or more channels; [Article] as the
//     catalogue keeps it, [Item] as the models see it.
//   - channel: a part of the app with a feed of its own; [AllChannels] mixes.
//   - reader: who reads; [UserID]. What is kept of one is a [Profile].
//   - page: what one refresh served to one reader on one channel; [Page],
//     whose positions are [Place]s.
//   - stamp: a page's own time, strictly increasing per reader and channel.
//   - exposure: the reader's screen showed the page. Served is not seen.
//   - act: what a reader did with an article, short of an exposure; [Act].
//   - signal: a reported param or a recorded event; it counts once; [Signal].
//   - event: what a signal says of one article; [Event].
//   - log: every article, withdrawal, signal and erasure, in one order;
//     [Entry]. Models are folds of it.
//   - source: proposes articles for a query; [Proposal].
//   - candidate: a proposed article that may be shown; [Candidate].
//   - propensity: the probability with which the policy put an article at its
//     position, given the positions above it.
//   - param: a signed string that names a page's place and an action.
//
// # One request's way
//
// A refresh comes in at server, which turns the message into a
// recommend.Request. recommend reads the reader's [Profile] from the store and
// makes it a [Query]. Each source proposes articles; they are merged, and
// whatever may not be shown to this reader is dropped. Each remaining
// [Candidate] gets its features from the models, the ranker turns them into a
// score, and the slate is drawn from the scores. The page goes into the store
// by compare-and-set on the profile's version: had another refresh of the same
// reader come first, the request starts over with what that one left. Then
// track signs the params and server writes the answer.
//
// A report comes in at server, track turns each param back into a [Signal],
// and the store appends it to the log, to the reader's history, and to the
// marks by which a second report is known, in one write. learn folds the log
// into the models, and the report is answered once its own entries are in.
package feed

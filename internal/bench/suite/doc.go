// Package suite measures readnext as a whole: it starts servers as child
// processes on stores of their own, fills them with an invented catalogue and
// its readers, loads them over loopback, and says what they do a second, how
// fast, and what that costs in processor time, memory and disk.
//
// The limit that all are held against is a bare server: net/http, a chi router
// and the generated Twirp handler, which encodes one and the same page for
// every request, with none of our middleware, store or engine. The page is one
// that the live engine answered, so the bytes are as many.
//
// Rounds are interleaved (A B C, A B C), figures are medians of rounds, and
// ratios are taken within a round, between servers on the same machine.
package suite

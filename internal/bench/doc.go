// Package bench loads running servers over loopback and says how many pages a
// second they serve.
//
// Targets are measured in turn, round by round, so that a machine whose speed
// drifts drifts under all of them alike: quote the ratios. Every answer is
// checked, not only its status: its number of articles, that they are distinct
// and that each has its four tracks.
//
// The generator shares the machine with the servers. It is fasthttp's client
// and a hand-made scan of the answer, which cost a few microseconds a request;
// the report says how much.
package bench

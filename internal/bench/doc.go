// Package bench loads running servers over loopback and says how many requests
// a second they answer, and how fast.
//
// A [Load] is closed or open. In a closed loop each connection asks again as
// soon as it was answered, which finds how much a server can do. In an open
// loop requests are due at times drawn beforehand (a Poisson process), whatever
// became of those before them, and latency counts from when a request was due:
// a server that stalls makes all of the requests late that were due meanwhile,
// and they all count (coordinated omission, as Tene calls the mistake of not
// counting them).
//
// Targets are measured in turn, round by round, so that a machine whose speed
// drifts drifts under all of them alike: quote the ratios. Every answer is
// checked, not only its status: [Pages] wants the number of articles asked for,
// distinct, eligible, each with its four tracks.
//
// The generator shares the machine with the servers. It is fasthttp's client
// and a hand-made scan of the answer, which cost a few microseconds a request;
// each [Round] says how much.
package bench

// Package server answers the contract of rpc/reco/v1 over HTTP: Twirp handlers
// that turn messages into the domain's types and back, on a chi router.
//
// It promises that every answer is either the contract's or Twirp's JSON error
// with a code and a message that says which field is wrong and why; that no
// request, however built, makes it panic, leak or apply a half of a batch's
// row; and that it adds little to a request's time: nothing here starts a
// goroutine, takes a lock that is held across I/O, or logs what went well
// unless told to. JSON costs about what protobuf does where it matters, see
// package transcode.
//
// It decides nothing about feeds. What it needs of the rooms below is declared
// in engine.go. There is no zero value of use: [New] makes a public handler,
// [NewAdmin] the operator's.
package server

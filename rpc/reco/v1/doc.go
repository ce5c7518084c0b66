// Package recov1 is the contract as Go: messages, servers and clients generated
// from reco.proto, which says what each promises. A client is safe for concurrent
// use; errors are twirp.Error.
package recov1

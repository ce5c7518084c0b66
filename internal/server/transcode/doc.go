// Package transcode turns JSON requests into protobuf and protobuf answers into
// JSON, by tables that are made once of the messages' descriptors, so that a
// generated handler can answer JSON for about what protobuf costs it.
//
// It promises to be told apart from protojson by nothing but speed: a request
// that it takes holds what protojson would have decoded, and an answer is what
// protojson would have written with the proto's names and all fields, but for
// the space that protojson puts after some commas. What it does not plainly
// understand it does not guess: fields it does not know, escapes, nulls,
// fields that come twice, numbers with fractions or exponents, whatever is
// wrong. Such a request is the generated handler's, untouched.
//
// It is not for every message: texts, whole numbers, enums in requests, messages
// and lists of messages are all it knows. [New] refuses the others.
package transcode

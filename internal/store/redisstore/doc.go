// Package redisstore keeps a store in Redis 7 or Valkey, on a single server,
// behind Sentinel or in a cluster, for any number of processes.
//
// It promises what package store does, on one condition: what "synced to the
// disk" means is Redis' own affair (appendonly, appendfsync), and a server that
// takes over from one that died may lack what was not replicated yet, unless
// [Config.WaitReplicas] has every change wait for that. Not for one process on
// one machine: pebblestore is simpler and faster there.
//
// # Partitions
//
// Readers are spread over partitions, whose number is fixed when the store is
// made. Everything of a reader, and the partition's part of the log, is on one
// hash slot, so that one script changes it in one step. Articles and signing
// keys have a partition of their own, the last.
//
// # The order
//
// The order is one stream, on a slot of its own, of references to entries in the
// partitions' logs, in the sequence in which everybody reads them. A change is
// thus two steps: the partition's script writes it, the order's script orders
// it. The order knows up to which entry each partition is ordered and takes what
// follows on that without a gap. Whoever finds a gap, left by a process that
// died between the two steps, reads the entries that are missing and has them
// ordered before its own; and every process looks now and then for what nobody
// came across (see repair).
//
// Positions are ids of the order: a sequence number and a random number. A
// position that the order does not hold, because it was trimmed, or because a
// server that took over lacks the order's end, is [feed.Invalid]: who read that
// far has to start again from a snapshot. What the lost end referred to is
// ordered anew.
package redisstore

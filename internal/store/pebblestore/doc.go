// Package pebblestore keeps a store in one directory, by Pebble, for the one
// process that has it open.
//
// It promises what package store does, and trades a little memory for it: the
// profiles of the readers seen last are kept, so that a refresh reads its reader
// without touching the disk, most of them packed. Not for several processes on one
// directory: the second to open it is told so.
//
// # Directory
//
//	FORMAT      one line, the layout's version
//	LOCK        held while the store is open
//	db/         Pebble's tables and manifest
//	db/wal/     Pebble's write-ahead logs
//	snapshots/  models, one file each; the highest number is the newest
//
// # Keys
//
// All numbers are big-endian, so keys sort as numbers do; <reader> is one byte
// of length and the user id, so that no reader's keys begin with another's.
//
//	a <8 article id>                          an article
//	k <4 key id>                              a signing key
//	l <8 sequence>                            a log entry
//	m                                         how far a copy into this store is
//	r <reader> d <16 key>                     mark of a signal: 8 bytes, its time
//	r <reader> e <8 sequence>                 the acts of the log entry
//	r <reader> p <4 channel> <8 stamp>        a page's head: which articles it is of
//	r <reader> x <8 sequence>                 a log entry without acts; no value
//	t <8 time> <a p key>                      a page, which Prune removes by time
//	t <8 time> l <8 sequence> <2 n>           marks of n log entries, likewise; no value
//	t <8 time> <a d key>                      a mark that no entry tells of, likewise
//
// Values are encoded as package store says. A reader's e and x keys together
// index every log entry of the reader, which is what Forget erases. The e key of
// sequence 0 is a history that was copied from another store; the log entries that
// were copied have x keys. The anonymous reader has d keys only.
//
// # Durability
//
// Pebble is told to sync every write, and believes that it does; what its sync
// of a write-ahead log means is that the bytes are with the operating system,
// where a killed process cannot lose them. The syncer does the real
// syncs: at once for those who wait for one, many of them sharing each, and at
// most pageDelay after anything else was written. See walFS for what happens
// when the disk fails.
//
// The log may be read before it is synced. A power cut takes whoever read too
// far along with it, except a snapshot, so SaveSnapshot syncs the log before the
// snapshot counts.
package pebblestore

package importer

import "readnext/rpc/reco/v1"

// place is where a row stands.
type place struct {
	file  int
	line  int64 // from 1
	bytes int64 // of the line
}

// batch is what is known of the rows of one call, in their order.
type batch struct {
	rows []place
	size int // encoded
}

// full reports whether a row of size bytes goes into the next batch.
func (b *batch) full(size int, cfg *Config) bool {
	return len(b.rows) >= cfg.Batch || b.size+size > cfg.BatchBytes
}

func (b *batch) add(size int, at place) {
	b.rows = append(b.rows, at)
	b.size += size
}

type articleBatch struct {
	batch
	request recov1.PutArticlesRequest
}

type eventBatch struct {
	batch
	request recov1.RecordRequest
}

package learn

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"time"

	"readnext/internal/codec"
	"readnext/internal/feed"
)

// A snapshot is a magic line, then sections of a name, a body's length, the
// body and its CRC-32C, all numbers in little-endian uint64 (lengths) and
// uint32 (CRC). "position" is the log position that the models cover, "purge"
// whether older snapshots must go, "values" what actions were worth; then come
// "catalog" and each model by its name; the last, "end", is empty: without it
// the file was cut.
const snapshotMagic = "readnext models 1\n"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maxSection bounds what a damaged length can make a reader read, trusted what
// room it makes beforehand.
const (
	maxSection = 16 << 30
	trusted    = 64 << 20
)

type snapshotState struct {
	dirty   bool        // something was folded since the last one
	purge   bool        // a reader was forgotten: older snapshots must go
	purging bool        // the save under way drops older ones when it is done
	timer   *time.Timer // runs out when the next one is due
	saving  chan error  // the save under way, nil if there is none

	forgetting bool          // a reader was forgotten in the stretch being folded
	forgotten  feed.Position // covers the last reader forgotten
}

// purgeAfter is how long a snapshot may still name a forgotten reader.
const purgeAfter = 10 * time.Second

// forgot makes the next snapshot due soon.
func (s *snapshotState) forgot() {
	if !s.purge && s.timer != nil {
		s.timer.Reset(purgeAfter)
	}
	s.purge, s.forgetting = true, true
}

// replace makes the next snapshot due soon if there are older ones of this process
// that were not read: they may name readers whose being forgotten is in what was
// read instead, and so will not be folded.
func (s *snapshotState) replace(older bool) { s.dirty, s.purge = older, older }

// folded notes that a stretch of the log was folded, up to a position.
func (s *snapshotState) folded(to feed.Position) {
	s.dirty = true
	if s.forgetting {
		s.forgetting, s.forgotten = false, to
	}
}

// maybeSnapshot begins a snapshot when one is due, and looks how the last one
// ended. A failure is told to the log: the timer says when the next try is due.
func (l *Learner) maybeSnapshot(ctx context.Context) {
	s := &l.snapshot
	var err error
	select {
	case err = <-s.saving: // never, if nil
		err = l.endSnapshot(err)
	case <-s.timer.C:
		s.timer.Reset(l.cfg.SnapshotEvery)
		err = l.beginSnapshot(ctx)
	default:
	}
	if err != nil && ctx.Err() == nil {
		l.log.Error("a snapshot of the models could not be saved; it is tried again", "err", err)
	}
}

// endSnapshot notes how a save ended. If there is a reader to be forgotten, as
// one whose save failed or who came meanwhile, the next try is due soon.
func (l *Learner) endSnapshot(err error) error {
	s := &l.snapshot
	s.saving = nil
	if err != nil {
		s.dirty, s.purge = true, s.purge || s.purging
	}
	s.purging = false
	if s.timer != nil && (err != nil || s.purge) {
		s.timer.Reset(l.snapshotPeriod())
	}
	return err
}

func (l *Learner) snapshotPeriod() time.Duration {
	if l.snapshot.purge {
		return min(purgeAfter, l.cfg.SnapshotEvery)
	}
	return l.cfg.SnapshotEvery
}

// Snapshot writes the models as they are, if anything changed since the last
// snapshot, and waits until it is saved. Like Fold it belongs to one goroutine.
func (l *Learner) Snapshot(ctx context.Context) error {
	s := &l.snapshot
	if s.saving != nil {
		l.endSnapshot(<-s.saving) //nolint:errcheck // it is tried again now
	}
	if err := l.beginSnapshot(ctx); err != nil || s.saving == nil {
		return err
	}
	return l.endSnapshot(<-s.saving)
}

// beginSnapshot encodes the models, which keeps the fold waiting for as long
// as memory takes, and has them saved meanwhile and afterwards: what the disk takes
// is not waited for.
func (l *Learner) beginSnapshot(ctx context.Context) error {
	s := &l.snapshot
	if !s.dirty || s.saving != nil {
		return nil
	}
	body := newPieces(l.sharing != nil)
	purge, head := s.purge, snapshotHead{l.position(), s.purge}
	var least feed.Position // what a copy must cover that others may have shared
	if purge {
		least = s.forgotten
	}
	done := make(chan error, 1)
	go func() { done <- l.save(ctx, head, least, body) }()
	err := writeSnapshot(body, head, l.cfg.Values, l.models)
	if body.end(err); err != nil {
		<-done // it says the same
		return err
	}
	s.dirty, s.purge, s.purging = false, false, purge
	s.saving = done
	return nil
}

// endSaving waits for a save under way that no longer matters.
func (l *Learner) endSaving() {
	if s := &l.snapshot; s.saving != nil {
		<-s.saving
		s.saving = nil
	}
}

func (l *Learner) save(ctx context.Context, head snapshotHead, least feed.Position, body *pieces) error {
	err := l.store.SaveSnapshot(ctx, body.writeTo)
	if err != nil {
		return fmt.Errorf("saving a snapshot of the models: %w", err)
	}
	if head.purge {
		if err := l.store.DropSnapshots(ctx); err != nil {
			return fmt.Errorf("dropping snapshots that name a forgotten reader: %w", err)
		}
	}
	return l.publish(ctx, head, least, body)
}

// publish offers a snapshot to other processes. A failure matters only if the
// copy they have names a forgotten reader.
func (l *Learner) publish(ctx context.Context, head snapshotHead, least feed.Position, body *pieces) error {
	if l.sharing == nil {
		return nil
	}
	whole := body.whole()
	published, err := l.sharing.PublishSnapshot(ctx, head.at, least, whole)
	switch {
	case err != nil && head.purge:
		return fmt.Errorf("replacing a shared snapshot that names a forgotten reader: %w", err)
	case err != nil:
		l.log.Warn("a snapshot of the models could not be shared", "err", err)
	case published:
		l.log.Info("a snapshot of the models was shared", "bytes", len(whole))
	}
	return nil
}

type section struct {
	name string
	Snapshotter
}

func sections(m Models) []section {
	out := []section{{"catalog", m.Catalog}}
	for _, o := range m.Observers {
		out = append(out, section{o.Name(), o})
	}
	if m.Trainer != nil {
		out = append(out, section{m.Trainer.Name(), m.Trainer})
	}
	return out
}

// snapshotHead is what a snapshot says of itself.
type snapshotHead struct {
	at feed.Position // what it covers
	// purge says that the snapshots before it name a forgotten reader, in case
	// a crash came before they were dropped.
	purge bool
}

func writeSnapshot(to *pieces, head snapshotHead, values feed.Values, m Models) error {
	to.add([]byte(snapshotMagic))
	writeSection(to, "position", []byte(head.at))
	var purge []byte
	if head.purge {
		purge = []byte{1}
	}
	writeSection(to, "purge", purge)
	writeSection(to, "values", encodeValues(values))
	for _, s := range sections(m) {
		sum := beginSection(to, s.name)
		if err := s.WriteSnapshot(sum); err != nil {
			return fmt.Errorf("model %s: %w", s.name, err)
		}
		sum.end()
		to.release()
	}
	writeSection(to, "end", nil)
	return nil
}

func writeSection(to *pieces, name string, body []byte) {
	sum := beginSection(to, name)
	_, _ = sum.Write(body) // never fails
	sum.end()
}

// summed writes a section's body and what stands before and behind it.
type summed struct {
	to     *pieces
	length []byte // in to
	n      uint64
	crc    uint32
}

func beginSection(to *pieces, name string) *summed {
	to.add(binary.LittleEndian.AppendUint64(nil, uint64(len(name))))
	to.add([]byte(name))
	return &summed{to: to, length: to.room(8)}
}

func (s *summed) Write(b []byte) (int, error) {
	s.n += uint64(len(b))
	s.crc = crc32.Update(s.crc, castagnoli, b)
	s.to.add(b)
	return len(b), nil
}

func (s *summed) end() {
	binary.LittleEndian.PutUint64(s.length, s.n)
	s.to.add(binary.LittleEndian.AppendUint32(nil, s.crc))
}

// encodeValues spells out what actions were worth when the models were folded.
func encodeValues(v feed.Values) []byte { return fmt.Appendf(nil, "%+v", v) }

func readSnapshot(r io.Reader, values feed.Values, m Models) (head snapshotHead, err error) {
	magic := make([]byte, len(snapshotMagic))
	if _, err := io.ReadFull(r, magic); err != nil {
		return head, fmt.Errorf("magic: %w", err)
	}
	if string(magic) != snapshotMagic {
		return head, errors.New("not a snapshot of this version")
	}
	at, err := readSection(r, "position")
	if err != nil {
		return head, err
	}
	purge, err := readSection(r, "purge")
	if err != nil {
		return head, err
	}
	folded, err := readSection(r, "values")
	if err != nil {
		return head, err
	}
	if !bytes.Equal(folded, encodeValues(values)) {
		return head, fmt.Errorf("folded with other values of actions: %s", folded)
	}
	// Nothing is given to a model before its own section proved whole; a later
	// section that is broken makes the caller throw the models away.
	if err := readModels(r, m); err != nil {
		return head, err
	}
	if _, err := readSection(r, "end"); err != nil {
		return head, err
	}
	return snapshotHead{feed.Position(at), len(purge) > 0}, nil
}

// readModels gives each model its section. Models know nothing of each other, so
// they take them in side by side, as many as there are processors for.
func readModels(r io.Reader, m Models) error {
	all := sections(m)
	failed := make([]error, len(all))
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var reading sync.WaitGroup
	for i, s := range all {
		room <- struct{}{}
		body, err := readSection(r, s.name)
		if err != nil {
			failed[i] = err
			break
		}
		reading.Go(func() {
			if err := s.ReadSnapshot(codec.NewBytes(body)); err != nil {
				failed[i] = fmt.Errorf("model %s: %w", s.name, err)
			}
			<-room
		})
	}
	reading.Wait()
	return cmp.Or(failed...)
}

func readSection(r io.Reader, want string) ([]byte, error) {
	n, err := readLength(r, 1<<10)
	if err != nil {
		return nil, fmt.Errorf("section %s: name: %w", want, err)
	}
	name := make([]byte, n)
	if _, err := io.ReadFull(r, name); err != nil {
		return nil, fmt.Errorf("section %s: name: %w", want, err)
	}
	if string(name) != want {
		return nil, fmt.Errorf("section %q where %q belongs", name, want)
	}
	if n, err = readLength(r, maxSection); err != nil {
		return nil, fmt.Errorf("section %s: length: %w", want, err)
	}
	body := bytes.NewBuffer(make([]byte, 0, min(n, trusted)+bytes.MinRead))
	if _, err := body.ReadFrom(io.LimitReader(r, n)); err != nil {
		return nil, fmt.Errorf("section %s: %w", want, err)
	}
	if int64(body.Len()) < n {
		return nil, fmt.Errorf("section %s: %w", want, io.ErrUnexpectedEOF)
	}
	var sum [4]byte
	if _, err := io.ReadFull(r, sum[:]); err != nil {
		return nil, fmt.Errorf("section %s: checksum: %w", want, err)
	}
	if binary.LittleEndian.Uint32(sum[:]) != crc32.Checksum(body.Bytes(), castagnoli) {
		return nil, fmt.Errorf("section %s: checksum does not match", want)
	}
	return body.Bytes(), nil
}

func readLength(r io.Reader, limit uint64) (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, err
	}
	n := binary.LittleEndian.Uint64(b[:])
	if n > limit {
		return 0, fmt.Errorf("%d is absurd", n)
	}
	return int64(n), nil
}

package server

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"readnext/internal/feed"
	"readnext/internal/store"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// behavior serves Behavior.
type behavior struct{ *live }

// batch is the good part of a request's rows, and what is wrong with the rest.
type batch struct {
	signals  []feed.Signal
	rejected []*recov1.RejectedRow
	reasons  map[string]int // rejected rows by class
}

// maxReason bounds what is quoted back of one row.
const maxReason = 400

func rejectedRow(index int, err error) *recov1.RejectedRow {
	reason := err.Error()
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	return &recov1.RejectedRow{Index: int32(index), Reason: reason}
}

func (b *batch) reject(index int, err error) {
	b.rejected = append(b.rejected, rejectedRow(index, err))
	if b.reasons == nil {
		b.reasons = make(map[string]int)
	}
	b.reasons[reasonClass(err)]++
}

// reasonClass sorts reasons into a handful of classes, for metrics.
func reasonClass(err error) string {
	switch {
	case errors.Is(err, track.ErrForged):
		return "forged"
	case errors.Is(err, track.ErrExpired):
		return "expired"
	case errors.Is(err, track.ErrUnknownKey):
		return "unknown_key"
	case errors.Is(err, track.ErrMalformed):
		return "malformed"
	case errors.Is(err, track.ErrAhead):
		return "ahead"
	}
	return "invalid"
}

// submit applies a batch and counts what became of it.
func (b *behavior) submit(ctx context.Context, method string, in *batch, now feed.Millis, start time.Time) (accepted, duplicate int32, err error) {
	if len(in.signals) > 0 {
		outcomes, err := b.Learner.Submit(ctx, in.signals, now)
		if err != nil {
			return 0, 0, err
		}
		for _, o := range outcomes {
			if o == store.Duplicate {
				duplicate++
			} else {
				accepted++
			}
		}
		b.Metrics.effect.WithLabelValues(method).Observe(time.Since(start).Seconds())
	}
	for class, n := range in.reasons {
		b.Metrics.signals.WithLabelValues(method, class).Add(float64(n))
	}
	b.Metrics.signals.WithLabelValues(method, signalAccepted).Add(float64(accepted))
	b.Metrics.signals.WithLabelValues(method, signalDuplicate).Add(float64(duplicate))
	return accepted, duplicate, nil
}

func (b *behavior) Report(ctx context.Context, in *recov1.ReportRequest) (*recov1.ReportResponse, error) {
	start := time.Now()
	if err := checkRows("signals", len(in.Signals), MaxRows); err != nil {
		return nil, twirpError(err)
	}
	now := b.now()
	rows := batch{signals: make([]feed.Signal, 0, len(in.Signals))}
	for i, s := range in.Signals {
		signal, err := b.reported(ctx, s, now)
		if err != nil {
			rows.reject(i, err)
			continue
		}
		rows.signals = append(rows.signals, signal)
	}
	accepted, duplicate, err := b.submit(ctx, "Report", &rows, now, start)
	if err != nil {
		return nil, twirpError(err)
	}
	return &recov1.ReportResponse{Accepted: accepted, Duplicate: duplicate, Rejected: rows.rejected}, nil
}

// reported verifies a param and makes it a signal. A reader cannot have acted
// on a page before its stamp, so a client's slow clock counts as the stamp.
func (b *behavior) reported(ctx context.Context, s *recov1.Signal, now feed.Millis) (feed.Signal, error) {
	at, stayed := feed.Millis(s.ActionTime), feed.Millis(s.ReadTime)
	switch {
	case at < 0:
		return feed.Signal{}, feed.Invalidf("action_time", "is %d; times are not negative", at)
	case at > now+feed.MaxAhead:
		return feed.Signal{}, feed.Invalidf("action_time", "is %d, more than a day ahead of the server's clock %d", at, now)
	case at == 0:
		at = now
	}
	claim, err := b.Params.Verify(s.Param, now)
	if errors.Is(err, track.ErrUnknownKey) && b.reloads.try(ctx, now) {
		claim, err = b.Params.Verify(s.Param, now)
	}
	if err != nil {
		return feed.Signal{}, err
	}
	signal := claim.Signal(max(at, claim.Stamp), stayed)
	for i := range signal.Events {
		if err := signal.Events[i].Validate(now); err != nil {
			return feed.Signal{}, err
		}
	}
	return signal, nil
}

func (b *behavior) Record(ctx context.Context, in *recov1.RecordRequest) (*recov1.RecordResponse, error) {
	start := time.Now()
	if err := checkRows("events", len(in.Events), MaxRows); err != nil {
		return nil, twirpError(err)
	}
	now := b.now()
	rows := batch{signals: make([]feed.Signal, 0, len(in.Events))}
	events := make([]feed.Event, len(in.Events)) // each signal holds one of them
	for i, e := range in.Events {
		key, err := recorded(e, now, &events[i])
		if err != nil {
			rows.reject(i, err)
			continue
		}
		rows.signals = append(rows.signals, feed.Signal{User: events[i].User, Key: key, Events: events[i : i+1 : i+1]})
	}
	accepted, duplicate, err := b.submit(ctx, "Record", &rows, now, start)
	if err != nil {
		return nil, twirpError(err)
	}
	return &recov1.RecordResponse{Accepted: accepted, Duplicate: duplicate, Rejected: rows.rejected}, nil
}

// maxEventID is the longest event_id in bytes.
const maxEventID = 128

// recorded makes a row an event and the key that its event_id stands for.
func recorded(in *recov1.Event, now feed.Millis, e *feed.Event) (feed.Key, error) {
	*e = EventOf(in)
	if e.Time == 0 {
		e.Time = now
	}
	if err := e.Validate(now); err != nil {
		return feed.Key{}, err
	}
	switch {
	case in.EventId == "":
		return feed.Key{}, nil
	case len(in.EventId) > maxEventID:
		return feed.Key{}, feed.Invalidf("event_id", "is %d bytes long; at most %d are allowed", len(in.EventId), maxEventID)
	case !utf8.ValidString(in.EventId):
		return feed.Key{}, feed.Invalidf("event_id", "is not valid UTF-8")
	}
	return feed.KeyOf("event_id", in.EventId), nil
}

// EventOf is a row as the domain has it, not checked.
func EventOf(in *recov1.Event) feed.Event {
	return feed.Event{
		User:     feed.UserID(in.UserId),
		Article:  feed.ArticleID(in.ArticleId),
		Action:   actionOf(in.Action),
		Time:     feed.Millis(in.Time),
		Channel:  feed.ChannelID(in.ChannelId),
		ReadTime: feed.Millis(in.ReadTime),
	}
}

// actionOf returns 0, which is no action, for numbers the contract lacks.
func actionOf(a recov1.Event_Action) feed.Action {
	if a < 0 || a > recov1.Event_DISLIKE {
		return 0
	}
	return feed.Action(a)
}

func (b *behavior) Forget(ctx context.Context, in *recov1.ForgetRequest) (*recov1.ForgetResponse, error) {
	user := feed.UserID(in.UserId)
	if user == feed.Anonymous {
		return nil, twirpError(feed.Invalidf("user_id", "is empty; nothing is kept of anonymous readers"))
	}
	if err := user.Validate("user_id"); err != nil {
		return nil, twirpError(err)
	}
	if err := b.Learner.Forget(ctx, user); err != nil {
		return nil, twirpError(err)
	}
	return &recov1.ForgetResponse{}, nil
}

package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"readnext/internal/bench"
	"readnext/internal/proof"
	recov1 "readnext/rpc/reco/v1"
)

// write is a kind of write to measure.
type write struct {
	name  string
	batch int
	// script makes the scripts of one round; there may be params of pages for
	// it, each good for one report.
	params int
	script func(w World, params []string, round int) func(*rand.Rand) bench.Script
}

// harvest asks for pages until it has so many params.
func harvest(ctx context.Context, c proof.Clients, w World, n int) ([]string, error) {
	var mu sync.Mutex
	var out []string
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range fillers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), uint64(time.Now().UnixNano())))
			for ctx.Err() == nil {
				id, channel := w.Reader(rng, nil)
				ans, err := c.Recommend.UserRecommend(ctx, &recov1.UserRequest{UserId: string(id), ChannelId: channel, ArticleNum: 10})
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				out = append(out, ans.Exposure)
				for _, a := range ans.Recommends {
					out = append(out, a.Track.Click, a.Track.Collect, a.Track.Share, a.Track.Read)
				}
				full := len(out) >= n
				mu.Unlock()
				if full {
					return
				}
			}
		})
	}
	wg.Wait()
	return out, context.Cause(ctx)
}

// reports sends each param once.
type reports struct {
	params []string
	next   *atomic.Int64
	batch  int
	body   []byte
}

func reportScript(batch int) func(World, []string, int) func(*rand.Rand) bench.Script {
	return func(_ World, params []string, _ int) func(*rand.Rand) bench.Script {
		next := new(atomic.Int64)
		return func(*rand.Rand) bench.Script { return &reports{params: params, next: next, batch: batch} }
	}
}

func (r *reports) Ask() (string, []byte, bool) {
	to := int(r.next.Add(int64(r.batch)))
	if to > len(r.params) {
		return "", nil, false
	}
	req := recov1.ReportRequest{Signals: make([]*recov1.Signal, r.batch)}
	for i := range req.Signals {
		req.Signals[i] = &recov1.Signal{Param: r.params[to-r.batch+i], ReadTime: 20_000}
	}
	r.body, _ = proto.MarshalOptions{}.MarshalAppend(r.body[:0], &req)
	return recov1.BehaviorPathPrefix + "Report", r.body, true
}

func (r *reports) Check(answer []byte) error {
	var got recov1.ReportResponse
	if err := proto.Unmarshal(answer, &got); err != nil {
		return err
	}
	if int(got.Accepted) != r.batch {
		return fmt.Errorf("of %d new signals %d were accepted: %v", r.batch, got.Accepted, &got)
	}
	return nil
}

// records sends new events, each with an event_id.
type records struct {
	*events
	name  string // of the round, for event ids
	next  *atomic.Int64
	batch int
	body  []byte
}

func recordScript(batch int) func(World, []string, int) func(*rand.Rand) bench.Script {
	return func(w World, _ []string, round int) func(*rand.Rand) bench.Script {
		next := new(atomic.Int64)
		name := fmt.Sprintf("%d-%d-%d-", time.Now().UnixNano(), batch, round)
		return func(rng *rand.Rand) bench.Script {
			return &records{events: w.events(rng), name: name, next: next, batch: batch}
		}
	}
}

func (r *records) Ask() (string, []byte, bool) {
	req := recov1.RecordRequest{Events: make([]*recov1.Event, r.batch)}
	first, now := r.next.Add(int64(r.batch)), time.Now().UnixMilli()
	for i := range req.Events {
		req.Events[i] = r.draw(r.rng.IntN(r.Readers), now)
		req.Events[i].EventId = r.name + strconv.FormatInt(first+int64(i), 10)
	}
	r.body, _ = proto.MarshalOptions{}.MarshalAppend(r.body[:0], &req)
	return recov1.BehaviorPathPrefix + "Record", r.body, true
}

func (r *records) Check(answer []byte) error {
	var got recov1.RecordResponse
	if err := proto.Unmarshal(answer, &got); err != nil {
		return err
	}
	if int(got.Accepted) != r.batch {
		return fmt.Errorf("of %d new events %d were accepted: %v", r.batch, got.Accepted, &got)
	}
	return nil
}

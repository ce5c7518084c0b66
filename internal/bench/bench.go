package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Target is a server to measure.
type Target struct {
	Name string
	URL  string // http://host:port
}

// Config sets a measurement; zero fields take their defaults.
type Config struct {
	Targets  []Target
	Conns    int           // keep-alive connections, each with one request at a time; 32
	Duration time.Duration // of one target in one round; 5 s
	Rounds   int           // 3, after one that is not counted
	Readers  int           // requests come from so many readers at random; 100,000
	Channels []int32       // asked for at random; channel 1
	Num      int32         // articles a page; 10
	JSON     bool          // else protobuf
	APIKey   string
	Seed     uint64
}

// EnsureDefaults fills zero fields.
func (c *Config) EnsureDefaults() {
	if c.Conns == 0 {
		c.Conns = 32
	}
	if c.Duration == 0 {
		c.Duration = 5 * time.Second
	}
	if c.Rounds == 0 {
		c.Rounds = 3
	}
	if c.Readers == 0 {
		c.Readers = 100_000
	}
	if len(c.Channels) == 0 {
		c.Channels = []int32{1}
	}
	if c.Num == 0 {
		c.Num = 10
	}
}

// Validate reports what is out of range.
func (c *Config) Validate() error {
	if len(c.Targets) == 0 {
		return errors.New("bench: there is no target")
	}
	if c.Conns < 0 || c.Duration < 0 || c.Rounds < 0 || c.Readers < 0 || c.Num < 0 {
		return errors.New("bench: numbers are not negative")
	}
	return nil
}

// Round is what one target did in one round.
type Round struct {
	Requests int
	Failed   int           // not answered, or not with 200
	Wrong    int           // answered 200 with a page that fails its check
	Elapsed  time.Duration // wall
	Latency  []time.Duration
	OwnCPU   time.Duration // of this process: the generator's cost
	FirstBad string
}

// PerSecond is good answers a second.
func (r Round) PerSecond() float64 {
	return float64(r.Requests-r.Failed-r.Wrong) / r.Elapsed.Seconds()
}

// Run measures all targets and returns the counted rounds of each, by name.
func Run(ctx context.Context, cfg Config, progress func(string)) (map[string][]Round, error) {
	cfg.EnsureDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	out := make(map[string][]Round)
	for round := range cfg.Rounds + 1 {
		for i, target := range cfg.Targets {
			r, err := cfg.measure(ctx, target, uint64(round*len(cfg.Targets)+i))
			if err != nil {
				return nil, fmt.Errorf("bench: %s: %w", target.Name, err)
			}
			progress(fmt.Sprintf("round %d of %d: %s %.0f/s", round, cfg.Rounds, target.Name, r.PerSecond()))
			if round > 0 {
				out[target.Name] = append(out[target.Name], r)
			}
		}
	}
	return out, nil
}

func (c *Config) measure(ctx context.Context, target Target, stream uint64) (Round, error) {
	client := &fasthttp.Client{MaxConnsPerHost: c.Conns, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	parts := make([]Round, c.Conns)
	ctx, cancel := context.WithTimeout(ctx, c.Duration)
	defer cancel()
	cpu := ownCPU()
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range c.Conns {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(c.Seed, stream<<16|uint64(i)))
			parts[i] = c.connection(ctx, client, target, rng)
		})
	}
	wg.Wait()
	sum := Round{Elapsed: time.Since(begin), OwnCPU: ownCPU() - cpu}
	for _, p := range parts {
		sum.Requests += p.Requests
		sum.Failed += p.Failed
		sum.Wrong += p.Wrong
		sum.Latency = append(sum.Latency, p.Latency...)
		if sum.FirstBad == "" {
			sum.FirstBad = p.FirstBad
		}
	}
	if sum.Requests == sum.Failed {
		return sum, fmt.Errorf("no request was answered: %s", sum.FirstBad)
	}
	return sum, nil
}

// connection sends one request after the other until ctx ends.
func (c *Config) connection(ctx context.Context, client *fasthttp.Client, target Target, rng *rand.Rand) Round {
	var (
		out  Round
		ask  recov1.UserRequest
		body []byte
		seen []int64
		req  = fasthttp.AcquireRequest()
		resp = fasthttp.AcquireResponse()
	)
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(target.URL + recov1.UserRecommendPathPrefix + "UserRecommend")
	req.Header.SetMethod("POST")
	req.Header.SetContentType("application/protobuf")
	if c.JSON {
		req.Header.SetContentType("application/json")
	}
	if c.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+c.APIKey)
	}
	bad := func(format string, args ...any) {
		if out.FirstBad == "" {
			out.FirstBad = fmt.Sprintf(format, args...)
		}
	}
	for ctx.Err() == nil {
		ask.UserId = fmt.Sprintf("bench-%d", rng.IntN(c.Readers))
		ask.ChannelId = c.Channels[rng.IntN(len(c.Channels))]
		ask.ArticleNum = c.Num
		if c.JSON {
			body, _ = protojson.MarshalOptions{UseProtoNames: true}.MarshalAppend(body[:0], &ask)
		} else {
			body, _ = proto.MarshalOptions{}.MarshalAppend(body[:0], &ask)
		}
		req.SetBodyRaw(body)
		begin := time.Now()
		err := client.Do(req, resp)
		out.Latency = append(out.Latency, time.Since(begin))
		out.Requests++
		switch {
		case err != nil:
			out.Failed++
			bad("%v", err)
		case resp.StatusCode() != fasthttp.StatusOK:
			out.Failed++
			bad("status %d: %.200s", resp.StatusCode(), resp.Body())
		default:
			if seen, err = checkPage(resp.Body(), c.JSON, int(c.Num), seen[:0]); err != nil {
				out.Wrong++
				bad("%v", err)
			}
		}
	}
	return out
}

// ownCPU is the processor time this process used so far.
func ownCPU() time.Duration {
	var ru syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

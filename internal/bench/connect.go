package bench

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/valyala/fasthttp"
)

// freshFor is how long a connection that was made and not used yet is: servers
// close those that stay silent.
const freshFor = 2 * time.Second

// connect makes n connections to a server and returns a dial function that hands
// them out, and dials when there are none. An open loop begins with connections
// as those who ask have them: making hundreds in its first moment keeps the
// generator from asking in time, and says nothing of the server. closeRest closes
// those that were not handed out.
func connect(ctx context.Context, address string, n int) (dial fasthttp.DialFunc, closeRest func(), err error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	made := make(chan net.Conn, n)
	closeRest = func() {
		for range len(made) {
			(<-made).Close()
		}
	}
	host := fasthttp.AddMissingPort(u.Host, u.Scheme == "https")
	d := net.Dialer{Timeout: patience}
	for range n {
		c, err := d.DialContext(ctx, "tcp", host)
		if err != nil {
			closeRest()
			return nil, nil, err
		}
		made <- c
	}
	since := time.Now()
	return func(addr string) (net.Conn, error) {
		select {
		case c := <-made:
			if time.Since(since) < freshFor {
				return c, nil
			}
			c.Close() //nolint:errcheck // nothing was written
		default:
		}
		return d.Dial("tcp", addr)
	}, closeRest, nil
}

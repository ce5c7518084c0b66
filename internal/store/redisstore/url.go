package redisstore

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"readnext/internal/feed"
)

// Forms are the addresses that Parse understands.
const Forms = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB (TLS), redis+cluster://HOST:PORT,HOST:PORT,..., " +
	"redis+sentinel://HOST:PORT,HOST:PORT,.../MASTER/DB"

// Schemes are what addresses begin with. rediss+ is for TLS.
func Schemes() []string {
	return []string{"redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"}
}

const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// Parse takes an address apart. User and password are those of Redis, which
// Sentinels are not asked for. Errors are [feed.Invalid] and quote no password.
func Parse(address string) (rueidis.ClientOption, error) {
	var opt rueidis.ClientOption
	scheme, rest, ok := strings.Cut(address, "://")
	kind, known := strings.CutPrefix(scheme, "rediss")
	secure := known
	if !known {
		kind, known = strings.CutPrefix(scheme, "redis")
	}
	if !ok || !known || (kind != "" && kind != "+cluster" && kind != "+sentinel") {
		return opt, feed.Invalidf("store", "is no address of a Redis; addresses are: %s", Forms)
	}
	rest, query, _ := strings.Cut(rest, "?")
	if query != "" {
		return opt, feed.Invalidf("store", "has settings after a question mark, which this address does not take")
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		// A URL of one host, so that the library undoes escapes.
		u, err := url.Parse("redis://" + rest[:at] + "@host")
		if err != nil {
			return opt, feed.Invalidf("store", "has a user or password that is not escaped as in a URL")
		}
		opt.Username = u.User.Username()
		opt.Password, _ = u.User.Password()
		rest = rest[at+1:]
	}
	hosts, path, _ := strings.Cut(rest, "/")
	port := redisPort
	if kind == "+sentinel" {
		port = sentinelPort
	}
	for host := range strings.SplitSeq(hosts, ",") {
		addr, err := withPort(host, port)
		if err != nil {
			return opt, err
		}
		opt.InitAddress = append(opt.InitAddress, addr)
	}
	if secure {
		opt.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if kind == "" {
			opt.TLSConfig.ServerName, _, _ = net.SplitHostPort(opt.InitAddress[0])
		}
	}
	return opt, parseKind(&opt, kind, path)
}

func parseKind(opt *rueidis.ClientOption, kind, path string) error {
	path = strings.TrimSuffix(path, "/")
	switch kind {
	case "":
		if len(opt.InitAddress) > 1 {
			return feed.Invalidf("store", "names several hosts; that is for redis+cluster:// and redis+sentinel://")
		}
		opt.ForceSingleClient = true
	case "+cluster":
		if path != "" && path != "0" {
			return feed.Invalidf("store", "names database %q; a cluster has database 0 only", path)
		}
		return nil
	case "+sentinel":
		master, db, _ := strings.Cut(path, "/")
		if master == "" {
			return feed.Invalidf("store", "names no master; it follows the Sentinels: redis+sentinel://HOST:PORT/MASTER")
		}
		opt.Sentinel.MasterSet = master
		opt.Sentinel.TLSConfig = opt.TLSConfig
		path = db
	}
	if path == "" {
		return nil
	}
	db, err := strconv.Atoi(path)
	if err != nil || db < 0 {
		return feed.Invalidf("store", "names database %q; databases are numbers from 0", path)
	}
	opt.SelectDB = db
	return nil
}

// withPort checks a host and adds a port where there is none.
func withPort(host, port string) (string, error) {
	if host == "" {
		return "", feed.Invalidf("store", "names no host, or an empty one")
	}
	h, p, err := net.SplitHostPort(host)
	if err != nil {
		h, p, err = net.SplitHostPort(host + ":" + port)
	}
	if err != nil || h == "" {
		return "", feed.Invalidf("store", "names host %q, which is none", host)
	}
	if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
		return "", feed.Invalidf("store", "names port %q; ports lie between 1 and 65535", p)
	}
	return net.JoinHostPort(h, p), nil
}

package redisstore_test

import (
	"testing"

	"readnext/internal/store"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/storetest"
)

// backing is a prefix on a Redis.
type backing struct {
	url string
	cfg redisstore.Config
}

func (b backing) Open(t testing.TB) store.Store { return open(t, b.url, b.cfg) }

func contract(t *testing.T, url string, change func(*redisstore.Config)) {
	storetest.Run(t, func(t *testing.T) store.Store {
		cfg := small(t)
		change(&cfg)
		return open(t, url, cfg)
	})
	storetest.RunReopen(t, func(t *testing.T) storetest.Backing {
		cfg := small(t)
		change(&cfg)
		return backing{url, cfg}
	})
}

func TestContractSingle(t *testing.T) {
	contract(t, shared.single.URL(), func(*redisstore.Config) {})
}

func TestContractCluster(t *testing.T) {
	contract(t, shared.cluster.URL(), func(*redisstore.Config) {})
}

func TestContractReplicated(t *testing.T) {
	contract(t, shared.cluster.URL(), func(c *redisstore.Config) { c.WaitReplicas = 1 })
}

package proof

import (
	"net/http"
	"time"

	recov1 "readnext/rpc/reco/v1"
)

// Clients are the generated clients of one server or load balancer.
type Clients struct {
	Recommend recov1.UserRecommend
	Behavior  recov1.Behavior
	Catalog   recov1.Catalog
	Insight   recov1.Insight
}

// NewClients makes clients that keep connections alive, send the API key if
// there is one, and repeat nothing.
func NewClients(url, apiKey string) Clients {
	return clients(url, &http.Client{Timeout: 10 * time.Second, Transport: keyed{apiKey, transport()}})
}

func clients(url string, hc *http.Client) Clients {
	return Clients{
		Recommend: recov1.NewUserRecommendProtobufClient(url, hc),
		Behavior:  recov1.NewBehaviorProtobufClient(url, hc),
		Catalog:   recov1.NewCatalogProtobufClient(url, hc),
		Insight:   recov1.NewInsightProtobufClient(url, hc),
	}
}

func transport() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
}

// keyed adds the key to every request.
type keyed struct {
	key  string
	next http.RoundTripper
}

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.key != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+k.key)
	}
	return k.next.RoundTrip(r)
}

package deploy_test

import (
	"os/exec"
	"regexp"
	"slices"
	"testing"

	recov1 "readnext/rpc/reco/v1"
)

// TestHAProxyParses runs HAProxy's own check, in which a warning fails too.
func TestHAProxyParses(t *testing.T) {
	out, err := exec.Command("haproxy", "-c", "-dW", "-f", "haproxy.cfg").CombinedOutput()
	if err != nil {
		t.Errorf("haproxy -c: %v\n%s", err, out)
	}
}

// TestPathsExist looks for paths that no method answers.
func TestPathsExist(t *testing.T) {
	known := []string{"/healthz", "/readyz", "/metrics"}
	for prefix, methods := range map[string][]string{
		recov1.UserRecommendPathPrefix: {"UserRecommend"},
		recov1.BehaviorPathPrefix:      {"Report", "Record", "Forget"},
		recov1.CatalogPathPrefix:       {"PutArticles", "GetArticles", "ListArticles", "WithdrawArticles"},
		recov1.InsightPathPrefix:       {"Preview", "Similar", "Trending", "Profile"},
	} {
		for _, m := range methods {
			known = append(known, prefix+m)
		}
	}
	path := regexp.MustCompile(`/(?:twirp/[A-Za-z0-9./]*|healthz|readyz|metrics)\b`)
	for _, name := range []string{"haproxy.cfg", "nginx.conf", "kubernetes/deployment.yaml"} {
		found := path.FindAllString(read(t, name), -1)
		if len(found) == 0 {
			t.Errorf("%s names no path", name)
		}
		for _, p := range found {
			if !slices.Contains(known, p) {
				t.Errorf("%s: nothing answers %s", name, p)
			}
		}
	}
}

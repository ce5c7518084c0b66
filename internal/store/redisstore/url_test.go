package redisstore_test

import (
	"fmt"
	"strings"
	"testing"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
)

func TestParse(t *testing.T) {
	for url, want := range map[string]string{
		"redis://h":                                     "[h:6379] 0 tls=false user= password= master=",
		"redis://h:1/":                                  "[h:1] 0 tls=false user= password= master=",
		"redis://h:1/7":                                 "[h:1] 7 tls=false user= password= master=",
		"redis://[::1]:1/7":                             "[[::1]:1] 7 tls=false user= password= master=",
		"rediss://me:p%40%3A%2Fw@h":                     "[h:6379] 0 tls=true user=me password=p@:/w master=",
		"redis://:pw@h":                                 "[h:6379] 0 tls=false user= password=pw master=",
		"redis+cluster://a,b:2,c":                       "[a:6379 b:2 c:6379] 0 tls=false user= password= master=",
		"rediss+cluster://a":                            "[a:6379] 0 tls=true user= password= master=",
		"redis+sentinel://u:p@a,b:2/mymaster":           "[a:26379 b:2] 0 tls=false user=u password=p master=mymaster",
		"redis+sentinel://a/mymaster/3":                 "[a:26379] 3 tls=false user= password= master=mymaster",
		"redis://h:1/x":                                 `names database "x"`,
		"redis://h:1/-1":                                `names database "-1"`,
		"redis://h:0/1":                                 `names port "0"`,
		"redis://h:99999":                               `names port "99999"`,
		"redis://":                                      "names no host",
		"redis://a,b":                                   "names several hosts",
		"redis://h?x=1":                                 "after a question mark",
		"redis+cluster://a,,b":                          "names no host",
		"redis+cluster://a/1":                           "database 0 only",
		"redis+sentinel://a":                            "names no master",
		"redis+sentinel://a/m/x":                        `names database "x"`,
		"redis+standalone://a":                          "is no address of a Redis",
		"redis:h":                                       "is no address of a Redis",
		"redis://secret%zz@h":                           "not escaped",
		"valkey://h":                                    "is no address of a Redis",
		"redis+cluster://user:secret@a:b:c":             `names host "a:b:c"`,
		"redis+cluster://[::1]:7000,[::1]:7001":         "[[::1]:7000 [::1]:7001] 0 tls=false user= password= master=",
		"redis+sentinel://a/" + strings.Repeat("m", 3):  "[a:26379] 0 tls=false user= password= master=mmm",
		"rediss+sentinel://a/m":                         "[a:26379] 0 tls=true user= password= master=m",
		"redis+cluster://u:p@127.0.0.1:1,127.0.0.1:2/0": "[127.0.0.1:1 127.0.0.1:2] 0 tls=false user=u password=p master=",
	} {
		o, err := redisstore.Parse(url)
		got := ""
		if err != nil {
			got = err.Error()
			if feed.KindOf(err) != feed.Invalid || strings.Contains(got, "secret") {
				t.Errorf("%s: error %v", url, err)
			}
		} else {
			got = fmt.Sprintf("%v %d tls=%v user=%s password=%s master=%s", o.InitAddress, o.SelectDB, o.TLSConfig != nil, o.Username, o.Password, o.Sentinel.MasterSet)
		}
		if (err == nil && got != want) || (err != nil && !strings.Contains(got, want)) {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// TestSlots compares with the server's own arithmetic, and wants a tag in every
// stretch of the slots.
func TestSlots(t *testing.T) {
	for _, n := range []int{1, 3, 64, 500} {
		for i, tag := range redisstore.Tags(n) {
			if got := redisstore.Slot(tag) * n / (1 << 14); got != i {
				t.Errorf("tag %s, the %d. of %d, is in stretch %d", tag, i, n, got)
			}
		}
	}
	for _, tag := range append(redisstore.Tags(16), "order", "articles") {
		m, err := shared.cluster.Nodes[0].Do(t.Context(), "CLUSTER", "KEYSLOT", "x{"+tag+"}y")
		must(t, err)
		if n, err := m.AsInt64(); err != nil || int(n) != redisstore.Slot(tag) {
			t.Errorf("slot of %s is %d, want %d", tag, redisstore.Slot(tag), n)
		}
	}
}

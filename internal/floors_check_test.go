package internal_test

import (
	"slices"
	"strings"
	"testing"
)

// fake makes a package from its short path and those of what it imports.
func fake(short string, imports ...string) pkg {
	p := pkg{ImportPath: module + "/" + short, Imports: []string{"context", "example.org/some/thing"}}
	for _, i := range imports {
		p.Imports = append(p.Imports, module+"/"+i)
	}
	return p
}

func TestGoodHouseIsFoundGood(t *testing.T) {
	house := []pkg{
		fake("rpc/reco/v1"),
		fake("internal/feed"),
		fake("internal/model/trending", "internal/feed"),
		fake("internal/model/modeltest", "internal/feed", "internal/model/trending"),
		fake("internal/store", "internal/feed"),
		fake("internal/store/storetest", "internal/store", "internal/feed"),
		fake("internal/store/pebblestore", "internal/store", "internal/feed"),
		fake("internal/recommend", "internal/model/trending", "internal/store", "internal/feed"),
		fake("internal/learn", "internal/store"),
		fake("internal/sim", "internal/recommend", "internal/learn", "internal/store"),
		fake("internal/server", "rpc/reco/v1", "internal/recommend", "internal/learn"),
		fake("internal/importer", "rpc/reco/v1"),
		fake("internal/app", "internal/server", "internal/sim", "internal/store/pebblestore"),
		fake("cmd/readnext", "internal/app", "internal/importer", "rpc/reco/v1"),
		fake("cmd/client", "rpc/reco/v1"),
	}
	for _, w := range checkFloors(house) {
		t.Error(w)
	}
}

func TestEveryBreachOfTheFloorsIsFound(t *testing.T) {
	tests := []struct {
		name string
		pkg  pkg
		want string
	}{
		{"the domain imports a store", fake("internal/feed", "internal/store"), "floor 1 is above floor 0"},
		{"a model imports a model", fake("internal/model/covisit", "internal/model/trending"), "a neighbour"},
		{"a model imports a store", fake("internal/model/covisit", "internal/store"), "a neighbour"},
		{"a contract imports its implementation", fake("internal/store", "internal/store/pebblestore"), "a neighbour"},
		{"a store imports a store", fake("internal/store/redisstore", "internal/store/pebblestore"), "a neighbour"},
		{"a store imports a model", fake("internal/store/redisstore", "internal/model/trending"), "a neighbour"},
		{"serving imports learning", fake("internal/recommend", "internal/learn"), "a neighbour"},
		{"learning imports serving", fake("internal/learn", "internal/recommend"), "a neighbour"},
		{"learning imports the world", fake("internal/learn", "internal/sim"), "floor 4 is above floor 2"},
		{"the world imports the server", fake("internal/sim", "internal/server"), "floor 5 is above floor 4"},
		{"the server imports the importer", fake("internal/server", "internal/importer"), "a neighbour"},
		{"the server imports the app", fake("internal/server", "internal/app"), "floor 6 is above floor 5"},
		{"a core speaks the wire's language", fake("internal/learn", "rpc/reco/v1"), "rpc is for floor 5"},
		{"the wire knows the domain", fake("rpc/reco/v1", "internal/feed"), "rpc imports nothing of ours"},
		{"the client knows the domain", fake("cmd/client", "internal/feed"), "by its contract only"},
		{"a command imports a command", fake("cmd/readnext", "cmd/client"), "a neighbour"},
		{"a server serves a suite", fake("internal/app", "internal/store/storetest"), "only tests import a suite"},
		{"a new room", fake("internal/util"), "register it in rooms"},
		{"a new room within a room", fake("internal/server/deep"), "register it in rooms"},
		{"a new room elsewhere", fake("pkg/api"), "register it in rooms"},
		{"a room that imports a new one", fake("internal/app", "internal/util"), "register it in rooms"},
	}
	for _, test := range tests {
		wrong := checkFloors([]pkg{fake("internal/feed"), test.pkg})
		if len(wrong) != 1 || !strings.Contains(wrong[0], test.want) {
			t.Errorf("%s: found %q, want one about %q", test.name, wrong, test.want)
		}
	}
}

func TestMissingPromiseIsFound(t *testing.T) {
	good := []pkg{
		{ImportPath: module + "/internal/feed", Name: "feed", Doc: "Package feed is the domain."},
		{ImportPath: module + "/cmd/client", Name: "main", Doc: "Client asks for a page."},
		{ImportPath: module + "/rpc/reco/v1", Name: "recov1"},
	}
	if wrong := checkDocs(good); len(wrong) != 0 {
		t.Errorf("found %q", wrong)
	}
	for _, bad := range []pkg{
		{ImportPath: module + "/internal/feed", Name: "feed"},
		{ImportPath: module + "/internal/feed", Name: "feed", Doc: "The domain."},
		{ImportPath: module + "/cmd/client", Name: "main"},
	} {
		if wrong := checkDocs([]pkg{bad}); len(wrong) != 1 {
			t.Errorf("%+v: found %q", bad, wrong)
		}
	}
}

func TestClockReadersAreFound(t *testing.T) {
	tests := []struct {
		src  string
		want int
	}{
		{"package p\nimport \"time\"\nvar t = time.Now()", 1},
		{"package p\nimport \"time\"\nvar now = time.Now", 1},
		{"package p\nimport clock \"time\"\nvar t = clock.Since(clock.Now())", 2},
		{"package p\nimport \"time\"\nvar t = time.Until(time.Time{})", 1},
		{"package p\nimport . \"time\"\nvar t = Now()", 1},
		{"package p\nimport \"time\"\nvar t = time.UnixMilli(0)", 0},
		{"package p\nimport \"time\"\nvar t = time.NewTimer(time.Second)", 0},
		{"package p\nvar t = clock.Now()", 0},
	}
	for _, test := range tests {
		found, err := checkClock("p.go", []byte(test.src))
		if err != nil || len(found) != test.want {
			t.Errorf("%q: found %q, %v; want %d", test.src, found, err, test.want)
		}
	}
	if _, err := checkClock("p.go", []byte("package")); err == nil {
		t.Error("half a file is no error")
	}
}

func TestLongFilesAreFound(t *testing.T) {
	lines := map[string]int{"a.go": longFile, "b.go": longFile + 1, "c.go": longFile + 1}
	wrong := checkLength(lines, map[string]string{"a.go": "none", "c.go": "a table", "gone.go": "was long once"})
	want := []string{"a.go is listed", "b.go has 501 lines", "gone.go is listed"}
	if !slices.EqualFunc(wrong, want, strings.HasPrefix) {
		t.Errorf("found %q, want %q", wrong, want)
	}
}

func TestGeneratedFilesAreKnown(t *testing.T) {
	if !generated([]byte("// Words.\n\n// Code generated by protoc-gen-go. DO NOT EDIT.\n\npackage p\n")) {
		t.Error("a generated file is not known")
	}
	if generated([]byte("package p\n\n// Code generated by hand. DO NOT EDIT.\n")) {
		t.Error("a written file is taken for a generated one")
	}
}

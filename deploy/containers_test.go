package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"readnext/internal/proof"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// compose is what docker-compose.yml may say; another field is an error.
type compose struct {
	Name     string
	Replica  composeService `yaml:"x-replica"`
	Services map[string]composeService
	Volumes  map[string]any
	Secrets  map[string]struct{ File string }
}

type composeService struct {
	Build           struct{ Context, Dockerfile string }
	Image           string
	Restart         string
	Command         []string
	Environment     map[string]string
	StopGracePeriod time.Duration `yaml:"stop_grace_period"`
	ReadOnly        bool          `yaml:"read_only"`
	CapDrop         []string      `yaml:"cap_drop"`
	SecurityOpt     []string      `yaml:"security_opt"`
	Secrets         []string
	Ports           []string
	Volumes         []string
	DependsOn       map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck     struct {
		Test              []string
		Interval, Timeout time.Duration
		Retries           int
	}
}

func load(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Load([]byte(read(t, name)), into, yaml.WithKnownFields()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestCompose(t *testing.T) {
	var c compose
	load(t, "docker-compose.yml", &c)
	port := dockerPort(t)
	replicas := 0
	for name, s := range c.Services {
		for _, v := range append(s.Volumes, "") {
			source, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[source]; !ok && source != "" && !strings.HasPrefix(source, "./") {
				t.Errorf("%s: volume %s is not declared", name, source)
			}
		}
		for _, secret := range s.Secrets {
			if _, ok := c.Secrets[secret]; !ok {
				t.Errorf("%s: secret %s is not declared", name, secret)
			}
		}
		for other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s: depends on %s, which is none", name, other)
			}
		}
		if s.Build.Dockerfile == "" {
			continue
		}
		replicas++
		if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
			t.Error(err)
		}
		if file := s.Environment["READNEXT_API_KEYS_FILE"]; file != "/run/secrets/"+s.Secrets[0] {
			t.Errorf("%s: keys are read from %s, but mounted elsewhere", name, file)
		}
		if dir := s.Environment["READNEXT_SNAPSHOT_DIR"]; len(s.Volumes) != 1 || !strings.HasSuffix(s.Volumes[0], ":"+dir) {
			t.Errorf("%s: snapshots go to %s, volumes are %v", name, dir, s.Volumes)
		}
		grace(t, name, s.Environment, s.StopGracePeriod)
		found := false
		for key, value := range c.Services["haproxy"].Environment {
			found = found || strings.HasPrefix(key, "REPLICA_") && value == name+":"+port
		}
		if !found {
			t.Errorf("haproxy does not know %s:%s", name, port)
		}
	}
	if replicas != 3 {
		t.Errorf("%d replicas", replicas)
	}
	conf := read(t, "haproxy.cfg")
	for key := range c.Services["haproxy"].Environment {
		if !strings.Contains(conf, `"${`+key+`-`) {
			t.Errorf("haproxy.cfg does not know %s", key)
		}
	}
	command := c.Services["redis"].Command
	if command[0] != "redis-server" {
		t.Fatalf("redis runs %v", command)
	}
	starts(t, c.Services["readnext-1"].Environment, command[1:]...)
}

// grace checks that a replica that is stopped has the time it may take.
func grace(t *testing.T, name string, env map[string]string, given time.Duration) {
	t.Helper()
	drain, err := time.ParseDuration(env["READNEXT_DRAIN_DELAY"])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	shutdown, err := time.ParseDuration(env["READNEXT_SHUTDOWN_TIMEOUT"])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if need := drain + 2*shutdown + 5*time.Second; given < need {
		t.Errorf("%s: is killed after %v and may need %v", name, given, need)
	}
	if drain < 2*time.Second {
		t.Errorf("%s: a drain delay of %v is less than haproxy.cfg needs", name, drain)
	}
}

// starts runs the program with an environment; what is on another machine
// there, addresses, the store and the folder of snapshots, is put in place of by
// flags.
func starts(t *testing.T, env map[string]string, redisSettings ...string) {
	t.Helper()
	if _, err := redisstore.Parse(env["READNEXT_STORE"]); err != nil {
		t.Error(err)
	}
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("test-key-0123456789\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	redis, err := redistest.Start(t.TempDir(), redisSettings...)
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Kill()
	p, err := proof.NewProcess(binary, redis.URL(), "--api-keys-file", keys, "--snapshot-dir", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range env {
		p.Env = append(p.Env, k+"="+v)
	}
	if _, err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Kill()
}

// dockerPort is the port that the image answers on.
func dockerPort(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^EXPOSE (\d+)$`).FindStringSubmatch(read(t, "Dockerfile"))
	if m == nil {
		t.Fatal("the Dockerfile exposes no port")
	}
	return m[1]
}

func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	gomod := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "../go.mod"))
	for _, want := range []string{
		"FROM golang:" + gomod[1] + " AS build",
		"CGO_ENABLED=0 go build",
		"-X main.buildVersion=",
		"FROM scratch\n",
		"\nUSER 65532:65532\n",
		"\nCOPY --from=build --chown=65532:65532 /out/state /var/lib/readnext\n",
		"\nENV READNEXT_SNAPSHOT_DIR=/var/lib/readnext\n",
		"\nENV READNEXT_LISTEN=0.0.0.0:" + dockerPort(t) + "\n",
		`ENTRYPOINT ["/readnext"]`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
	for _, m := range regexp.MustCompile(`go build .* (\./\S+)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", m[1], "main.go")); err != nil {
			t.Error(err)
		}
	}
}

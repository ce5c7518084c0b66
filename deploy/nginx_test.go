package deploy_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"readnext/internal/proof"
)

// nginxConf writes nginx.conf as it is, but for addresses that are put in place
// of others, and with folders that anybody may write.
func nginxConf(t *testing.T, dir string, addresses map[string]string) string {
	t.Helper()
	var temp strings.Builder
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp.WriteString("    " + what + "_temp_path " + filepath.Join(dir, what) + ";\n")
	}
	conf := strings.Replace(read(t, "nginx.conf"), "\nhttp {\n", "\nhttp {\n"+temp.String(), 1)
	for from, to := range addresses {
		if strings.Count(conf, " "+from) != 1 {
			t.Fatalf("nginx.conf does not have %s once", from)
		}
		conf = strings.Replace(conf, " "+from, " "+to, 1)
	}
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestNginxParses(t *testing.T) {
	dir := t.TempDir()
	out, err := exec.Command("nginx", "-t", "-p", dir, "-e", "stderr", "-c", nginxConf(t, dir, nil)).CombinedOutput()
	if err != nil {
		t.Errorf("nginx -t: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "[warn]") {
		t.Errorf("nginx -t warns:\n%s", out)
	}
}

// nginx starts nginx in front of replicas and returns where it answers.
func nginx(ctx context.Context, t *testing.T, replicas [3]*proof.Process) string {
	t.Helper()
	dir := t.TempDir()
	backends, readers := free(t), free(t)
	conf := nginxConf(t, dir, map[string]string{
		"127.0.0.1:8080": backends, "127.0.0.1:8081": readers,
		"127.0.0.1:8801": replicas[0].Addr, "127.0.0.1:8802": replicas[1].Addr, "127.0.0.1:8803": replicas[2].Addr,
	})
	var out bytes.Buffer
	cmd := exec.Command("nginx", "-p", dir, "-e", "stderr", "-c", conf, "-g", "daemon off;")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatalf("nginx is needed, see scripts/setup: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("nginx: %v\n%s", err, out.Bytes())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if resp, err := http.Get("http://" + backends + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return "http://" + backends
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("nginx does not answer")
		}
	}
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

package suite

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"readnext/internal/bench"
)

// usage is what processes used since they started.
type usage struct {
	cpu     time.Duration
	mallocs float64 // objects allocated
	bytes   float64 // allocated
	// ok and shed are requests by the server's own count; a bare one has none.
	ok, shed float64
}

func (u usage) minus(v usage) usage {
	return usage{u.cpu - v.cpu, u.mallocs - v.mallocs, u.bytes - v.bytes, u.ok - v.ok, u.shed - v.shed}
}

// check holds a round against what the server counted meanwhile. What failed
// may have been counted or not.
func (u usage) check(r *bench.Round) error {
	if r.Failed > 0 || int(u.ok) == r.Good+r.Wrong && int(u.shed) == r.Shed {
		return nil
	}
	return fmt.Errorf("%d answers and %d refusals, but the server counted %.0f and %.0f", r.Good+r.Wrong, r.Shed, u.ok, u.shed)
}

// counted sums up a server's requests by their outcome.
func counted(metrics map[string]float64, code string) (sum float64) {
	for name, n := range metrics {
		if strings.HasPrefix(name, `readnext_requests_total{code="`+code+`",method="`) && !strings.Contains(name, `method="/`) {
			sum += n
		}
	}
	return sum
}

// tick is the unit of processor time in /proc, on every Linux.
const tick = 10 * time.Millisecond

// cpuOf is the processor time that a process used.
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the command's name in parentheses; user and system
	// time are fields 14 and 15.
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(f))
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("/proc/%d/stat: %s", pid, b)
	}
	return time.Duration(user+system) * tick, nil
}

// memoryOf is a process's resident memory in bytes, now and at its largest.
func memoryOf(pid int) (now, peak int64, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			peak = kib << 10
		}
	}
	return now, peak, nil
}

// scrape returns the metrics of an operator's address, by name and labels.
func scrape(ctx context.Context, admin string) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out := make(map[string]float64)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			out[name] = v
		}
	}
	return out, nil
}

// diskOf is the size of the files under a directory, snapshots of models left
// out.
func diskOf(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err): // the server removed it meanwhile
			return nil
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "snapshots":
			return fs.SkipDir
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}

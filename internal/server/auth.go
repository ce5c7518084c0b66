package server

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// APIKeys are the keys that backends show as bearer tokens. Only their sums
// are kept, and sums are what is compared, all of them, so that the time taken
// tells nothing about a key. It is made by [LoadAPIKeys].
type APIKeys struct {
	path string
	sums atomic.Pointer[[][sha256.Size]byte]
}

// minAPIKey keeps out keys that could be guessed.
const minAPIKey = 16

// LoadAPIKeys reads a file of one key a line; blank lines and those that begin
// with # are left out. A file without a key is an error: it would lock
// everybody out.
func LoadAPIKeys(path string) (*APIKeys, error) {
	k := &APIKeys{path: path}
	if err := k.Reload(); err != nil {
		return nil, err
	}
	return k, nil
}

// Reload reads the file again. On error the keys stay what they were.
func (k *APIKeys) Reload() error {
	text, err := os.ReadFile(k.path)
	if err != nil {
		return fmt.Errorf("reading API keys: %w", err)
	}
	sums, err := parseAPIKeys(text)
	if err != nil {
		return fmt.Errorf("API keys in %s: %w", k.path, err)
	}
	k.sums.Store(&sums)
	return nil
}

func parseAPIKeys(text []byte) ([][sha256.Size]byte, error) {
	var sums [][sha256.Size]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		key := strings.TrimSpace(lines.Text())
		switch {
		case key == "" || key[0] == '#':
			continue
		case len(key) < minAPIKey:
			return nil, fmt.Errorf("line %d: the key is shorter than %d characters", n, minAPIKey)
		case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
			return nil, fmt.Errorf("line %d: the key holds a character that no header can carry", n)
		}
		sums = append(sums, sha256.Sum256([]byte(key)))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(sums) == 0 {
		return nil, errors.New("there is no key")
	}
	return sums, nil
}

// check returns what is wrong with an Authorization header, "" if nothing is.
func (k *APIKeys) check(header string) string {
	const hint = "send Authorization: Bearer and an API key"
	if header == "" {
		return "an API key is needed; " + hint
	}
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "the authorization is no bearer token; " + hint
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(key)))
	found := 0
	for _, s := range *k.sums.Load() {
		found |= subtle.ConstantTimeCompare(sum[:], s[:])
	}
	if found == 0 {
		return "the API key is not known here"
	}
	return ""
}

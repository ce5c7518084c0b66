package redisstore_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"readnext/internal/feed"
	"readnext/internal/store/redisstore"
	"readnext/internal/store/redisstore/redistest"
)

// TestSentinel finds the master by a Sentinel, and the next one when that dies.
func TestSentinel(t *testing.T) {
	master := server(t)
	next, err := redistest.StartReplica(t.TempDir(), master)
	must(t, err)
	t.Cleanup(next.Kill)
	sentinel, err := redistest.StartSentinel(t.TempDir(), "main", master, 500)
	must(t, err)
	t.Cleanup(sentinel.Kill)
	cfg := small(t)
	cfg.Timeout, cfg.WaitReplicas = time.Second, 1
	s := open(t, "redis+sentinel://"+sentinel.Addr+"/main", cfg)
	defer s.Close() //nolint:errcheck // closed only to end
	send(t, s, signal("u", "1", 1))
	must(t, s.Close())
	// Sentinel asks masters for their replicas every 10 seconds; it must know
	// this one.
	await(t, func() bool {
		m, err := sentinel.Do(t.Context(), "SENTINEL", "REPLICAS", "main")
		must(t, err)
		replicas, err := m.ToArray()
		return err == nil && len(replicas) == 1
	})
	cfg.WaitReplicas = 0
	s = open(t, "redis+sentinel://"+sentinel.Addr+"/main", cfg)
	defer s.Close() //nolint:errcheck // closed only to end
	master.Kill()
	again(t, s)
	if got, _ := entries(t, s, ""); !slices.Contains(got, "u/1") {
		t.Errorf("log %v after another master took over", got)
	}
}

// await polls until cond holds.
func await(t *testing.T, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not come")
		}
	}
}

// TestPassword shows that user and password arrive, and what comes of wrong ones.
func TestPassword(t *testing.T) {
	srv := server(t)
	_, err := srv.Do(t.Context(), "ACL", "SETUSER", "me", "on", ">p@ss/word", "~*", "&*", "+@all")
	must(t, err)
	must(t, open(t, "redis://me:p%40ss%2Fword@"+srv.Addr, small(t)).Close())
	_, err = redisstore.Open(t.Context(), "redis://me:wrong-secret@"+srv.Addr, small(t))
	if err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("wrong password: %v", err)
	}
}

// TestTLS connects to a server whose certificate the system trusts, and to none
// whose certificate is another host's.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	must(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600))
	t.Setenv("SSL_CERT_FILE", certFile) // read at the first use, which is this one
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	must(t, l.Close())
	server(t, "--tls-port", port, "--tls-cert-file", certFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", certFile, "--tls-auth-clients", "no")
	must(t, open(t, "rediss://127.0.0.1:"+port, small(t)).Close())
	_, err = redisstore.Open(t.Context(), "rediss://localhost:"+port, small(t))
	if err == nil || !strings.Contains(err.Error(), "certificate") || feed.KindOf(err) != feed.Unavailable {
		t.Errorf("another host's certificate: %v", err)
	}
}

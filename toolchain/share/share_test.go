package share

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/share/localregistry"
	"rex/toolchain/store"
)

// registry starts the real one and returns its address, or skips the test.
func registry(t *testing.T) string {
	t.Helper()
	program := os.Getenv("REX_TEST_REGISTRY")
	if program == "" {
		t.Skip("skipped: REX_TEST_REGISTRY names no registry (mage test does)")
	}
	return localregistry.ForTest(t, program)
}

// result makes a result in a store of its own.
func result(t *testing.T, stage, content string) *store.Result {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Draft(stage)
	if err != nil {
		t.Fatal(err)
	}
	big := make([]byte, 1<<20) // that does not become small when it is compressed
	var seed [32]byte
	copy(seed[:], content)
	_, _ = rand.NewChaCha8(seed).Read(big)
	err = errors.Join(os.Mkdir(filepath.Join(d.Dir, "bin"), 0o755), os.WriteFile(filepath.Join(d.Dir, "bin/run"), []byte(content), 0o755),
		os.WriteFile(filepath.Join(d.Dir, "big"), big, 0o644), os.Symlink("../big", filepath.Join(d.Dir, "bin/link")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Commit(t.Context(), store.Manifest{Stage: stage, Key: digest.String(stage + content), Took: time.Minute, Inputs: []store.Input{
		{Name: "source", Value: digest.String(content)}, {Name: "compiler", Value: "gnu"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newKey(t *testing.T) (ed25519.PrivateKey, string) {
	t.Helper()
	key, public, err := OpenKey(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

func open(t *testing.T, address string, trust ...ed25519.PrivateKey) *Registry {
	t.Helper()
	var keys []ed25519.PublicKey
	for _, k := range trust {
		keys = append(keys, k.Public().(ed25519.PublicKey))
	}
	r, err := Open("http://"+address+"/team/rex", keys, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pulled pulls and looks at what has come.
func pulled(t *testing.T, r *Registry, want *store.Result) error {
	t.Helper()
	dst := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	output, err := r.Pull(ctx, want.Stage, want.Key, dst)
	if err != nil {
		if left, _ := filepath.Glob(filepath.Join(r.scratch, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		return err
	}
	got, err := digest.Tree(t.Context(), dst, nil)
	if err != nil {
		t.Fatal(err)
	}
	if output != want.Output {
		return fmt.Errorf("the tree is to be %s; want %s", output, want.Output)
	}
	if got != output {
		return r.Refuse(want.Stage, want.Key, errors.New("another tree"))
	}
	return nil
}

func TestPushAndPull(t *testing.T) {
	address := registry(t)
	key, _ := newKey(t)
	kernel, again := result(t, "kernel", "one"), result(t, "kernel", "two")
	r := open(t, address, key)
	if err := pulled(t, r, kernel); !errors.Is(err, ErrAbsent) {
		t.Errorf("from an empty registry: got %v; want ErrAbsent", err)
	}
	for range 2 { // the second time it is there
		for _, k := range []*store.Result{kernel, again} {
			if err := r.Push(t.Context(), k, key); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, k := range []*store.Result{kernel, again} {
		if err := pulled(t, r, k); err != nil {
			t.Error(err)
		}
	}
	other, _ := newKey(t)
	if err := pulled(t, open(t, address, other), kernel); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "configs/trust") {
		t.Errorf("with another key: got %v; want ErrRefused", err)
	}
	if err := pulled(t, open(t, address), kernel); !errors.Is(err, ErrRefused) {
		t.Errorf("with no key: got %v; want ErrRefused", err)
	}
	if err := pulled(t, open(t, address, other, key), kernel); err != nil {
		t.Errorf("with two keys: %v", err)
	}
}

// lie changes an answer of the registry.
type lie func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte)

// A proxy that lies, in front of the real registry: nothing wrong is taken, and nothing hangs.
func TestLyingRegistry(t *testing.T) {
	address := registry(t)
	key, _ := newKey(t)
	mallory, _ := newKey(t)
	kernel, older := result(t, "kernel", "one"), result(t, "kernel", "zero")
	direct := open(t, address, key)
	for _, k := range []*store.Result{kernel, older} {
		if err := direct.Push(t.Context(), k, key); err != nil {
			t.Fatal(err)
		}
	}
	// What somebody else has signed lies under the same keys in another repository.
	theirs, err := Open("http://"+address+"/mallory/rex", nil, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	forged := result(t, "kernel", "evil")
	forged.Key = kernel.Key
	if err := theirs.Push(t.Context(), forged, mallory); err != nil {
		t.Fatal(err)
	}
	isBlob := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/blobs/") }
	isManifest := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/manifests/") }
	pass := func(w http.ResponseWriter, status int, header http.Header, body []byte) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b }
	for name, test := range map[string]struct {
		lie     lie
		rewrite func(path string) string
		want    error
	}{
		"tells the truth": {want: nil},
		"flips a bit of a blob": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isBlob(r) && len(body) > 100000 {
				body = flip(body)
			}
			pass(w, status, header, body)
		}, want: ErrRefused},
		"flips a bit of a statement": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isBlob(r) && len(body) < 100000 {
				body = flip(body)
			}
			pass(w, status, header, body)
		}, want: ErrRefused},
		"flips a bit of a manifest": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isManifest(r) && len(body) > 0 {
				body = flip(body)
			}
			pass(w, status, header, body)
		}, want: ErrRefused},
		"cuts a blob": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isBlob(r) {
				body = body[:len(body)/2]
				header.Set("Content-Length", fmt.Sprint(len(body)))
			}
			pass(w, status, header, body)
		}, want: ErrDown},
		"breaks off": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if !isBlob(r) {
				pass(w, status, header, body)
				return
			}
			pass(w, status, header, body[:len(body)/2])
			panic(http.ErrAbortHandler)
		}, want: ErrDown},
		"gives more": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isBlob(r) && r.Method == http.MethodGet {
				body = append(bytes.Clone(body), body...)
				header.Del("Content-Length")
			}
			pass(w, status, header, body)
		}, want: ErrRefused},
		"gives another key's result":          {rewrite: func(path string) string { return strings.Replace(path, kernel.Key, older.Key, 1) }, want: ErrRefused},
		"gives what somebody else has signed": {rewrite: func(path string) string { return strings.Replace(path, "/team/", "/mallory/", 1) }, want: ErrRefused},
		"gives a page": {lie: func(w http.ResponseWriter, _ *http.Request, _ int, _ http.Header, _ []byte) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>please log in</html>")
		}, want: ErrRefused},
		"forgets": {lie: func(w http.ResponseWriter, r *http.Request, _ int, _ http.Header, _ []byte) { http.NotFound(w, r) }, want: ErrAbsent},
		"forgets its blobs": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isBlob(r) {
				http.NotFound(w, r)
				return
			}
			pass(w, status, header, body)
		}, want: ErrAbsent},
		"says 500": {lie: func(w http.ResponseWriter, _ *http.Request, _ int, _ http.Header, _ []byte) { w.WriteHeader(500) }, want: ErrDown},
		"says 401": {lie: func(w http.ResponseWriter, _ *http.Request, _ int, _ http.Header, _ []byte) {
			w.Header().Set("WWW-Authenticate", "Basic realm=x")
			w.WriteHeader(401)
		}, want: ErrDown},
		"says nothing": {lie: func(_ http.ResponseWriter, r *http.Request, _ int, _ http.Header, _ []byte) { <-r.Context().Done() }, want: ErrDown},
		"is slow": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if !isBlob(r) {
				pass(w, status, header, body)
				return
			}
			for i := 0; i < len(body) && r.Context().Err() == nil; i++ {
				_, _ = w.Write(body[i : i+1])
				_ = http.NewResponseController(w).Flush()
				time.Sleep(100 * time.Millisecond)
			}
		}, want: ErrDown},
		"has a manifest of its own": {lie: func(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte) {
			if isManifest(r) && r.Method == http.MethodGet {
				body = []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}`)
				header.Set("Content-Length", fmt.Sprint(len(body)))
				header.Del("Docker-Content-Digest")
				header.Del("Etag")
			}
			if isManifest(r) && r.Method == http.MethodHead {
				header.Del("Docker-Content-Digest")
			}
			pass(w, status, header, body)
		}, want: ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := &url.URL{Scheme: "http", Host: address}
			proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(to)
				if test.rewrite != nil {
					r.Out.URL.Path = test.rewrite(r.Out.URL.Path)
				}
			}}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.lie == nil {
					proxy.ServeHTTP(w, r)
					return
				}
				answer := httptest.NewRecorder()
				proxy.ServeHTTP(answer, r)
				test.lie(w, r, answer.Code, answer.Header(), answer.Body.Bytes())
			}))
			t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
			r := open(t, strings.TrimPrefix(server.URL, "http://"), key)
			start := time.Now()
			err := pulled(t, r, kernel)
			if test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v; want %v", err, test.want)
			}
			if test.want == ErrDown {
				// The second time costs nothing.
				if err := pulled(t, r, kernel); !errors.Is(err, ErrDown) {
					t.Errorf("the second time: got %v; want ErrDown", err)
				}
			}
			// It may say nothing for patience, in each of two answers.
			if took := time.Since(start); took > 2*patience+3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// A registry that is not there costs next to nothing.
func TestNoRegistry(t *testing.T) {
	key, _ := newKey(t)
	start := time.Now()
	err := pulled(t, open(t, "127.0.0.1:1", key), result(t, "kernel", "one"))
	if !errors.Is(err, ErrDown) || time.Since(start) > 2*time.Second {
		t.Errorf("got %v after %s; want ErrDown at once", err, time.Since(start))
	}
	for _, address := range []string{"", "x", "host/UPPER", "host/repository:tag", "http://"} {
		if _, err := Open(address, nil, t.TempDir()); err == nil || !strings.Contains(err.Error(), "REX_REGISTRY") {
			t.Errorf("%q: got %v; want an error that names REX_REGISTRY", address, err)
		}
	}
}

// Statements are what the specifications say.
func TestStatement(t *testing.T) {
	key, public := newKey(t)
	kernel := result(t, "kernel", "one")
	text, err := seal(describe(kernel.Manifest, strings.Repeat("a", 64), "me"), key)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := ReadTrust(filepath.Dir(public))
	if err == nil || trust != nil {
		t.Errorf("a private key was taken for a public one: %v", trust)
	}
	dir := t.TempDir()
	pem, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "me.pem"), pem, 0o644); err != nil {
		t.Fatal(err)
	}
	if trust, err = ReadTrust(dir); err != nil || len(trust) != 1 {
		t.Fatalf("got %v, %v; want one key", trust, err)
	}
	s, err := unseal(text, trust)
	if err != nil {
		t.Fatal(err)
	}
	if archive, tree, err := s.about(kernel.Stage, kernel.Key); err != nil || archive != strings.Repeat("a", 64) || tree != kernel.Output {
		t.Errorf("got %s, %s, %v", archive, tree, err)
	}
	if _, _, err := s.about("kernel", digest.String("x")); err == nil {
		t.Error("it was taken for another key")
	}
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(e *envelope){
		"no signature":         func(e *envelope) { e.Signatures = nil },
		"another type":         func(e *envelope) { e.PayloadType = "text/plain" },
		"another payload":      func(e *envelope) { e.Payload = "e30=" },
		"no payload":           func(e *envelope) { e.Payload = "!" },
		"another's signature":  func(e *envelope) { e.Signatures[0].Sig = "AAAA" },
		"signature of nothing": func(e *envelope) { e.Signatures[0].Sig = "" },
	} {
		changed := e
		changed.Signatures = append([]signature{}, e.Signatures...)
		change(&changed)
		text, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unseal(text, trust); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"keyid":"","sig":"AAAA"}]}`))
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := unseal(text, []ed25519.PublicKey{public}); err == nil {
			t.Fatal("what nobody has signed was taken")
		}
	})
}

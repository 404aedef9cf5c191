package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// archive makes a .tar.gz of entries.
func archive(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range entries {
		text := ""
		if h.Typeflag == tar.TypeReg {
			text = h.Uname // the content, for brevity
			h.Uname = ""
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(name, text string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Uname: text}
}

func fetcher(t *testing.T, mirror string) *Fetcher {
	t.Helper()
	return &Fetcher{Cache: filepath.Join(t.TempDir(), "downloads"), Mirrors: []string{mirror}, Client: newClient(nil), stall: stall, pause: time.Millisecond}
}

func component(content []byte) *pin.Component {
	return &pin.Component{Name: "linux", Version: "6.12", Origins: []pin.Origin{{Kind: pin.Debian, Files: []pin.File{
		{Path: "pool/linux.tar.gz", SHA256: sum(content), Size: int64(len(content)), Strip: 1},
	}}}}
}

// Servers of all tempers.
func TestDownload(t *testing.T) {
	content := archive(t, file("linux/README", strings.Repeat("hello ", 20000)))
	tests := map[string]struct {
		handler func(n int32, w http.ResponseWriter, r *http.Request)
		fault   string
	}{
		"plain": {func(_ int32, w http.ResponseWriter, r *http.Request) { ranged(w, r, content) }, ""},
		"breaks off, then resumes": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n < 3 {
				brokenOff(w, content[:len(content)/2], len(content))
				return
			}
			ranged(w, r, content)
		}, ""},
		"breaks off and ignores ranges": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				brokenOff(w, content[:len(content)/2], len(content))
				return
			}
			_, _ = w.Write(content)
		}, ""},
		"overloaded for a while": {func(n int32, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				http.Error(w, "later", http.StatusServiceUnavailable)
				return
			}
			ranged(w, r, content)
		}, ""},
		"wrong bytes": {func(_ int32, w http.ResponseWriter, r *http.Request) {
			wrong := bytes.Clone(content)
			wrong[len(wrong)/2] ^= 1
			ranged(w, r, wrong)
		}, "is not what was pinned: expected sha256 " + sum(content)},
		"wrong size":  {func(_ int32, w http.ResponseWriter, r *http.Request) { ranged(w, r, content[1:]) }, "pinned are"},
		"not there":   {func(_ int32, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, "404"},
		"never whole": {func(_ int32, w http.ResponseWriter, r *http.Request) { brokenOff(w, content[:10], len(content)) }, "broke off"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { test.handler(n.Add(1), w, r) }))
			defer server.Close()
			f, dst := fetcher(t, server.URL), filepath.Join(t.TempDir(), "tree")
			_, err := f.Tree(t.Context(), component(content), dst)
			if test.fault == "" {
				if err != nil {
					t.Fatal(err)
				}
				if b, _ := os.ReadFile(filepath.Join(dst, "README")); !strings.HasPrefix(string(b), "hello") {
					t.Errorf("README holds %.20q", b)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.fault) || !strings.Contains(err.Error(), "linux 6.12") {
				t.Errorf("got %v; want an error of linux with %q", err, test.fault)
			}
			if _, err := os.Stat(dst); !os.IsNotExist(err) {
				t.Error("a failed fetch left a tree")
			}
			if _, err := os.Stat(filepath.Join(f.Cache, sum(content))); !os.IsNotExist(err) {
				t.Error("a failed fetch left a result in the cache")
			}
			if test.fault[:2] == "is" {
				if left, _ := filepath.Glob(filepath.Join(f.Cache, "*")); len(left) != 0 {
					t.Errorf("the poisoned file is still there: %v", left)
				}
			}
		})
	}
}

// ranged serves content and understands "bytes=N-".
func ranged(w http.ResponseWriter, r *http.Request, content []byte) {
	var from int
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && from < len(content) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(content[from:])
}

// brokenOff promises total bytes and sends some.
func brokenOff(w http.ResponseWriter, some []byte, total int) {
	w.Header().Set("Content-Length", fmt.Sprint(total))
	_, _ = w.Write(some)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestOfflineAndCached(t *testing.T) {
	content := archive(t, file("linux/README", "x"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) }))
	f := fetcher(t, server.URL)
	f.Offline = true
	if _, err := f.Download(t.Context(), component(content)); err == nil || !strings.Contains(err.Error(), "REX_OFFLINE") {
		t.Errorf("got %v; want a refusal that names REX_OFFLINE", err)
	}
	f.Offline = false
	if _, err := f.Download(t.Context(), component(content)); err != nil {
		t.Fatal(err)
	}
	server.Close()
	if _, err := f.Tree(t.Context(), component(content), filepath.Join(t.TempDir(), "tree")); err != nil {
		t.Errorf("without a network, from the cache: %v", err)
	}
}

func TestErrorNamesEveryOrigin(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c := component([]byte("x"))
	c.Origins = append(c.Origins, pin.Origin{Kind: pin.Git, URL: server.URL + "/linux.git", Commit: strings.Repeat("a", 40)})
	_, err := fetcher(t, server.URL).Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree"))
	if err == nil || !strings.Contains(err.Error(), "debian linux.tar.gz") || !strings.Contains(err.Error(), "git "+server.URL) {
		t.Errorf("got %v; want both origins and what they said", err)
	}
}

func TestTreeDigestDecides(t *testing.T) {
	content := archive(t, file("linux/README", "x"), file("linux/fw/blob", "non-free"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) }))
	defer server.Close()
	want := t.TempDir()
	if err := os.WriteFile(filepath.Join(want, "README"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := component(content)
	c.Prune = []string{"fw"}
	var err error
	if c.Tree, err = digest.Tree(t.Context(), want, nil); err != nil {
		t.Fatal(err)
	}
	f := fetcher(t, server.URL)
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
		t.Error(err)
	}
	c.Tree = sum(nil)
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "digest") {
		t.Errorf("got %v; want a mismatch of the tree", err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	tests := map[string][]tar.Header{
		"parent":                 {file("../evil", "x")},
		"absolute":               {file("/evil", "x")},
		"parent inside":          {file("a/../../evil", "x")},
		"link out":               {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "../evil"}},
		"absolute link":          {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}},
		"hard link out":          {{Name: "l", Typeflag: tar.TypeLink, Linkname: "../evil"}},
		"device":                 {{Name: "d", Typeflag: tar.TypeChar}},
		"pipe":                   {{Name: "d", Typeflag: tar.TypeFifo}},
		"empty":                  {},
		"file through deep link": {{Name: "a/l", Typeflag: tar.TypeSymlink, Linkname: "../../evil"}, file("a/l/x", "x")},
	}
	for name, entries := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "x.tar.gz")
			if err := os.WriteFile(path, archive(t, entries...), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := Unpack(t.Context(), path, path, filepath.Join(dir, "in", "dst"), 0); err == nil {
				t.Error("it was unpacked")
			}
			if _, err := os.Lstat(filepath.Join(dir, "in", "evil")); !os.IsNotExist(err) {
				t.Error("something was written outside")
			}
		})
	}
}

// Links that are harmless one by one can lead out of the tree together.
func TestContained(t *testing.T) {
	link := func(name, to string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
	}
	tests := map[string]struct {
		entries []tar.Header
		fault   string
	}{
		"out by way of another": {[]tar.Header{file("a/b/f", "x"), link("a/b/up", ".."), link("m", "a/b/up/.."), link("n", "m/..")}, "n leads out of the tree"},
		"out through a folder":  {[]tar.Header{file("a/f", "x"), link("d/e/s", "../../a"), link("d/e/s/l", "../../../x")}, "a/l leads out of the tree"},
		"within":                {[]tar.Header{file("a/f", "x"), link("l", "a/f"), link("d/l", "../a"), link("nowhere", "b/c"), link("loop", "loop"), link("odd", "a/f/g")}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			content := archive(t, test.entries...)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) }))
			defer server.Close()
			c := component(content)
			c.Origins[0].Files[0].Strip = 0
			dst := filepath.Join(t.TempDir(), "tree")
			_, err := fetcher(t, server.URL).Tree(t.Context(), c, dst)
			if test.fault == "" && err != nil || test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("got %v; want an error with %q, if anything", err, test.fault)
			}
		})
	}
}

func TestUnpackKeepsModesAndLinks(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.tar.gz")
	run := file("top/bin/run", "#!")
	run.Mode = 0o755
	content := archive(t, run, file("top/a", "0"), file("top/b/c", "2"), file("top/a", "1"), tar.Header{Name: "top/bin/l", Typeflag: tar.TypeSymlink, Linkname: "../a"}, tar.Header{Name: "top/h", Typeflag: tar.TypeLink, Linkname: "top/a"})
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(dir, "dst")
	if err := Unpack(t.Context(), path, "x.tar.gz", dst, 1); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dst, "bin/run")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("bin/run: %v, %v", info, err)
	}
	for _, name := range []string{"a", "bin/l", "h"} {
		if b, _ := os.ReadFile(filepath.Join(dst, name)); string(b) != "1" {
			t.Errorf("%s holds %q", name, b)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, file("a/b", "x"), tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "a"}))
	f.Add(archive(f, file("../x", "x")))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = Unpack(t.Context(), path, "x.tar.gz", filepath.Join(dir, "in", "dst"), 0)
		if left, _ := filepath.Glob(filepath.Join(dir, "in", "*")); len(left) > 1 {
			t.Fatalf("written outside: %v", left)
		}
	})
}

func FuzzDeb(f *testing.F) {
	f.Add([]byte("!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\ndata.tar.xz     0           0     0     100644  2         `\nxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, name, err := debData(bytes.NewReader(b)); err == nil {
			if !strings.HasPrefix(name, "data.tar") {
				t.Fatalf("member %q", name)
			}
			_, _ = io.Copy(io.Discard, r)
		}
	})
}

package fetch

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// Servers that would fill the disk, hold the run up for ever, or pass a page for a file: alone they are refused, within seconds;
// with a good mirror behind them nobody notices.
func TestHostileServers(t *testing.T) {
	content := archive(t, file("linux/README", strings.Repeat("hello ", 20000)))
	half := len(content) / 2
	endless := func(w http.ResponseWriter, r *http.Request, chunk []byte) {
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	page := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>please log in</html>") }
	tests := map[string]struct {
		handler  http.HandlerFunc
		resumed  bool // half of it is there already
		unsized  bool // no size is pinned
		unproved bool // no digest either: the tree's is the proof
		fault    string
	}{
		"page":                             {handler: page, fault: "26 bytes; pinned are"},
		"page for a file without a size":   {handler: page, unsized: true, fault: `brings no .gz, but what begins with "<html>please log in</html>"`},
		"page for a file without a digest": {handler: page, unproved: true, fault: `brings no .gz, but what begins with "<html>please log in</html>"`},
		"endless":                          {handler: func(w http.ResponseWriter, r *http.Request) { endless(w, r, make([]byte, 1<<20)) }, unsized: true, fault: "brings no .gz"},
		"endless after a good beginning": {handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(content)
			endless(w, r, make([]byte, 1<<20))
		}, fault: ""},
		"a byte now and then": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			for i := 0; i < len(content) && r.Context().Err() == nil; i++ {
				_, _ = w.Write(content[i : i+1])
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, fault: "bytes came in 200ms"},
		"no answer": {handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, fault: "timeout awaiting response headers"},
		"redirect to a file": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		}, fault: `unsupported protocol scheme "file"`},
		"redirect to itself": {handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, fault: "10 redirects"},
		"range without a total": {resumed: true, handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", half, len(content)-1))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(content[half:])
		}},
		"range from elsewhere": {resumed: true, handler: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				_, _ = w.Write(content)
				return
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", half-5, len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(content[half-5:])
		}},
		"always a range from elsewhere": {resumed: true, handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-6/7")
			w.WriteHeader(http.StatusPartialContent)
		}, fault: "odd Content-Range"},
		"no ranges at all": {resumed: true, handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestedRangeNotSatisfiable) }, fault: "416"},
		"compressed once more": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(content)
			_ = z.Close()
		}, unsized: true, fault: "not what was pinned"},
		"nothing":    {handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }, unsized: true, fault: "not what was pinned"},
		"no content": {handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, fault: "204"},
	}
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) }))
	t.Cleanup(good.Close)
	for name, test := range tests {
		for _, alone := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/alone=%v", name, alone), func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(test.handler)
				t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
				f, c := fetcher(t, server.URL), component(content)
				f.stall = 200 * time.Millisecond
				f.Client.Transport.(*http.Transport).ResponseHeaderTimeout = f.stall
				if !alone {
					f.Mirrors = append(f.Mirrors, good.URL)
				}
				pinned := &c.Origins[0].Files[0]
				if test.unsized || test.unproved {
					pinned.Size = 0
				}
				if test.unproved {
					pinned.SHA256 = ""
					c.Tree = readmeTree(t, strings.Repeat("hello ", 20000))
				}
				if test.resumed {
					write(t, filepath.Join(f.Cache, sum(content)+".part"), string(content[:half]))
				}
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				_, err := f.Tree(ctx, c, filepath.Join(t.TempDir(), "tree"))
				if alone && test.fault != "" {
					if err == nil || !strings.Contains(err.Error(), test.fault) {
						t.Errorf("got %v; want an error with %q", err, test.fault)
					}
				} else if err != nil {
					t.Error(err)
				}
				kept, err := filepath.Glob(filepath.Join(f.Cache, "*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range kept {
					if info, err := os.Stat(k); err != nil || info.Size() > int64(len(content)) {
						t.Errorf("%s was left with %d bytes, %v; the file has %d", k, info.Size(), err, len(content))
					}
				}
			})
		}
	}
}

// readmeTree is the digest of a tree that holds a README alone.
func readmeTree(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "README"), text)
	tree, err := digest.Tree(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// Archives that are wrong in ways that a library takes in silence.
func TestHostileArchives(t *testing.T) {
	good := archive(t, file("x/a", strings.Repeat("1", 100000)))
	tests := map[string]struct {
		content []byte
		fault   string
	}{
		"page":                   {[]byte("<html>"), `brings no .gz, but what begins with "<html>"`},
		"no bytes":               {nil, "EOF"},
		"cut off":                {good[:60], "unexpected EOF"},
		"cut off at the end":     {good[:len(good)-1], "unexpected EOF"},
		"garbage behind it":      {append(archive(t, file("x/a", "1")), "garbage"...), "EOF"},
		"checksum":               {append(good[:len(good)-8:len(good)-8], 0, 0, 0, 0, 0, 0, 0, 0), "checksum"},
		"line end in a name":     {archive(t, file("x/a\nb", "1")), "control"},
		"escape in a name":       {archive(t, file("x/\x1b[2J", "1")), "control"},
		"name too long":          {archive(t, file("x/"+strings.Repeat("a", 300), "1")), "name too long"},
		"file in a file":         {archive(t, file("x/a", "1"), file("x/a/b", "2")), "x/a/b"},
		"file over a folder":     {archive(t, file("x/a/b", "1"), file("x/a", "2")), "x/a"},
		"hard link to the later": {archive(t, tar.Header{Name: "x/b", Typeflag: tar.TypeLink, Linkname: "x/a"}, file("x/a", "1")), "x/b"},
		"fine":                   {good, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.tar.gz")
			write(t, path, string(test.content))
			err := Unpack(t.Context(), path, "x.tar.gz", filepath.Join(t.TempDir(), "dst"), 1)
			if test.fault == "" && err != nil || test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("got %v; want an error with %q, if anything", err, test.fault)
			}
		})
	}
	t.Run("a file of 100 GB", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		if err := tar.NewWriter(z).WriteHeader(&tar.Header{Name: "x/huge", Typeflag: tar.TypeReg, Mode: 0o644, Size: 100 << 30}); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := Unpack(t.Context(), path, "x.tar.gz", filepath.Join(t.TempDir(), "dst"), 1); err == nil || !strings.Contains(err.Error(), "holds more than") {
			t.Errorf("got %v; want an error that says how much an archive may hold", err)
		}
	})
	t.Run("setuid", func(t *testing.T) {
		path, dst := filepath.Join(t.TempDir(), "x.tar.gz"), filepath.Join(t.TempDir(), "dst")
		write(t, path, string(archive(t, tar.Header{Name: "x/s", Typeflag: tar.TypeReg, Mode: 0o6755, Uname: "x"})))
		if err := Unpack(t.Context(), path, "x.tar.gz", dst, 1); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dst, "s")); err != nil || info.Mode() != 0o755 {
			t.Errorf("got %v, %v; want a plain program", info.Mode(), err)
		}
	})
}

// Two origins without a tree digest bring different trees: which of them it is stays the same, and can be asked before.
func TestChosenOrigin(t *testing.T) {
	debian, upstream := archive(t, file("x/f", "debian's")), archive(t, file("x/f", "upstream's"))
	up := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "a.tar.gz") && up:
			ranged(w, r, debian)
		case strings.HasSuffix(r.URL.Path, "b.tar.gz"):
			ranged(w, r, upstream)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	c := &pin.Component{Name: "rustc", Version: "1", Origins: []pin.Origin{
		{Kind: pin.Debian, Files: []pin.File{{Path: "pool/a.tar.gz", SHA256: sum(debian), Strip: 1}}},
		{Kind: pin.Archive, Files: []pin.File{{URL: server.URL + "/b.tar.gz", SHA256: sum(upstream), Strip: 1}}},
	}}
	f := fetcher(t, server.URL)
	if o := f.Chosen(c); o != &c.Origins[0] {
		t.Errorf("before any download it is %v; want the first", o)
	}
	if o, err := f.Download(t.Context(), c); err != nil || o != &c.Origins[1] || f.Chosen(c) != o {
		t.Fatalf("the download came from %v, %v, and %v is chosen; want the second", o, err, f.Chosen(c))
	}
	up = true
	for range 2 {
		if o, err := f.Download(t.Context(), c); err != nil || o != &c.Origins[1] {
			t.Errorf("the download came from %v, %v; want the second, as before", o, err)
		}
		dst := filepath.Join(t.TempDir(), "t")
		if o, err := f.Tree(t.Context(), c, dst); err != nil || o != &c.Origins[1] {
			t.Errorf("the tree came from %v, %v; want the second", o, err)
		}
		// What has vanished from the cache comes from where it came before, if it can.
		if err := os.Remove(filepath.Join(f.Cache, sum(upstream))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(f.Cache); err != nil {
		t.Fatal(err)
	}
	if o, err := f.Download(t.Context(), c); err != nil || o != &c.Origins[0] || f.Chosen(c) != o {
		t.Errorf("from an empty cache it came from %v, %v; want the first", o, err)
	}
}

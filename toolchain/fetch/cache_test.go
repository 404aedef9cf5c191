package fetch

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rex/toolchain/pin"
)

// server counts the requests that it answers.
func server(t *testing.T, handler func(w http.ResponseWriter, r *http.Request)) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	n := &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s, n
}

var readme = strings.Repeat("hello ", 20000)

func TestChangedInTheCache(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) })
	f, c := fetcher(t, s.URL), component(content)
	kept := filepath.Join(f.Cache, sum(content))
	for _, offline := range []bool{false, true} {
		f.Offline = false
		if _, err := f.Download(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		write(t, kept, "rotten")
		f.Offline = offline
		_, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree"))
		if !offline {
			if err != nil {
				t.Errorf("with a network: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "from the cache is not what was pinned: expected sha256 "+sum(content)+", got "+sum([]byte("rotten"))) {
			t.Errorf("without a network: got %v; want the file and both digests", err)
		}
		if _, err := os.Stat(kept); !os.IsNotExist(err) {
			t.Error("the rotten file is still there")
		}
	}
}

// What a run has brought before it was killed is not brought again.
func TestResumesWhatAnEarlierRunLeft(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	for name, have := range map[string]int{"some": len(content) / 2, "all": len(content), "too much": len(content) + 1} {
		for _, sized := range []bool{true, false} {
			var sent atomic.Int64
			s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
				count := &counter{w, &sent}
				http.ServeContent(count, r, "x", time.Time{}, bytes.NewReader(content))
			})
			f, c := fetcher(t, s.URL), component(content)
			if !sized {
				c.Origins[0].Files[0].Size = 0
			}
			meter := &meter{}
			f.Progress = meter
			write(t, filepath.Join(f.Cache, sum(content)+".part"), string(append(content, 0)[:have]))
			if _, err := f.Download(t.Context(), c); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			want := int64(len(content) - have)
			if want < 0 {
				want = int64(len(content))
			}
			if sent.Load() != want {
				t.Errorf("%s, size known: %v: %d bytes were sent; want %d", name, sized, sent.Load(), want)
			}
			if got := meter.bytes.Load(); meter.starts.Load() > 0 && got != int64(len(content)) {
				t.Errorf("%s, size known: %v: progress told of %d bytes; want %d", name, sized, got, len(content))
			}
		}
	}
}

// counter counts what is sent of files, not of apologies.
type counter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counter) WriteHeader(status int) {
	if status >= 400 {
		c.n = &atomic.Int64{}
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// A line that breaks often is no reason to give up as long as each try gets further.
func TestManySmallSteps(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	step := len(content)/20 + 1
	s, n := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(&cutOff{w, step}, r, "x", time.Time{}, bytes.NewReader(content))
	})
	f := fetcher(t, s.URL)
	if _, err := f.Download(t.Context(), component(content)); err != nil {
		t.Fatal(err)
	}
	if n.Load() < 15 {
		t.Errorf("%d requests; want about 20", n.Load())
	}
}

// cutOff breaks the connection after some bytes.
type cutOff struct {
	http.ResponseWriter
	left int
}

func (c *cutOff) Write(p []byte) (int, error) {
	if len(p) > c.left {
		_, _ = c.ResponseWriter.Write(p[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func TestStalledTransferGoesOn(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	var n atomic.Int32
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(content[:len(content)/2])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		ranged(w, r, content)
	})
	f, c := fetcher(t, s.URL), component(content)
	c.Origins[0].Files[0].Size = 0
	f.stall = 100 * time.Millisecond
	if _, err := f.Download(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// The half that one mirror has sent must not spoil what the next one sends.
func TestSecondMirrorGetsItsOwnChance(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	wrong := bytes.Repeat([]byte{1}, len(content))
	bad, _ := server(t, func(w http.ResponseWriter, r *http.Request) { brokenOff(w, wrong[:len(wrong)/2], len(wrong)) })
	good, _ := server(t, func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) })
	f := fetcher(t, bad.URL)
	f.Mirrors = append(f.Mirrors, good.URL)
	if _, err := f.Download(t.Context(), component(content)); err != nil {
		t.Fatal(err)
	}
}

func TestTwoAtOnce(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, n := server(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		ranged(w, r, content)
	})
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			f := fetcher(t, s.URL)
			f.Cache = cache
			if _, err := f.Tree(t.Context(), component(content), filepath.Join(t.TempDir(), "tree")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 {
		t.Errorf("%d requests; want 1", n.Load())
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*")); len(left) != 1 {
		t.Errorf("in the cache are %v; want the file alone", left)
	}
}

func TestEndedFromOutside(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(content[:10])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	f, c := fetcher(t, s.URL), component(content)
	c.Origins[0].Files[0].Size = 0
	meter := &meter{first: func() { cancel(enough) }}
	f.Progress = meter
	if _, err := f.Download(ctx, c); !errors.Is(err, enough) {
		t.Errorf("got %v; want %v", err, enough)
	}
	if meter.failures.Load() != 1 || meter.ends.Load() != 0 {
		t.Errorf("progress told of %d failures and %d ends; want one failure", meter.failures.Load(), meter.ends.Load())
	}
}

// An archive that only the tree can prove does not stay when the tree is wrong.
func TestUnprovedArchiveIsForgotten(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, n := server(t, func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) })
	f := fetcher(t, "")
	c := &pin.Component{Name: "linux", Version: "6", Tree: sum(nil), Origins: []pin.Origin{{Kind: pin.Archive, Files: []pin.File{{URL: s.URL + "/linux.tar.gz", Strip: 1}}}}}
	for range 2 {
		if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "expected digest "+sum(nil)) {
			t.Errorf("got %v; want a mismatch of the tree", err)
		}
	}
	if n.Load() != 2 {
		t.Errorf("%d downloads; want 2, since the first was forgotten", n.Load())
	}
}

func TestMirrorInTheFileSystem(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pool/linux.tar.gz"), string(content))
	f := fetcher(t, "file://"+dir)
	f.Offline = true // no network is needed
	if _, err := f.Download(t.Context(), component(content)); err != nil {
		t.Error(err)
	}
	if _, err := fetcher(t, "file:///nowhere").Download(t.Context(), component(content)); err == nil || !strings.Contains(err.Error(), "/nowhere/pool/linux.tar.gz") {
		t.Errorf("got %v; want an error that names the file", err)
	}
}

func TestNoMirror(t *testing.T) {
	f := fetcher(t, "")
	f.Mirrors = nil
	if _, err := f.Download(t.Context(), component(nil)); err == nil || !strings.Contains(err.Error(), "REX_DEBIAN_MIRROR") {
		t.Errorf("got %v; want a word on REX_DEBIAN_MIRROR", err)
	}
}

// A cache that cannot be written is no fault of the origins: the next one is not asked.
func TestFaultOfThisMachine(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, n := server(t, func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) })
	f, c := fetcher(t, s.URL), component(content)
	write(t, f.Cache, "a file, where a folder should be")
	c.Origins = append(c.Origins, c.Origins[0])
	if _, err := f.Download(t.Context(), c); !errors.Is(err, syscall.ENOTDIR) || strings.Contains(err.Error(), "tried") {
		t.Errorf("got %v; want that the cache is no folder", err)
	}
	if n.Load() != 0 {
		t.Errorf("%d requests; want none", n.Load())
	}
}

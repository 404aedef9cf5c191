package fetch

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/pin"
)

// A mirror made here serves a machine without a network, from its disk and over HTTP.
func TestMirror(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) { ranged(w, r, content) })
	c, dir := component(content), filepath.Join(t.TempDir(), "mirror")
	f := fetcher(t, s.URL)
	for range 2 {
		if err := f.Mirror(t.Context(), c, dir); err != nil {
			t.Fatal(err)
		}
	}
	served := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer served.Close()
	for _, mirror := range []string{"file://" + dir, served.URL} {
		if _, err := fetcher(t, mirror).Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
			t.Errorf("%s: %v", mirror, err)
		}
	}
	// What has rotted there is replaced, and the cache is none the worse.
	to := filepath.Join(dir, "pool/linux.tar.gz")
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	write(t, to, "rotten")
	if err := f.Mirror(t.Context(), c, dir); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(to); sum(b) != sum(content) {
		t.Error("the mirror keeps what has rotted")
	}
	c.Origins[0].Kind = pin.Archive
	if err := f.Mirror(t.Context(), c, dir); err == nil || !strings.Contains(err.Error(), "linux 6.12") {
		t.Errorf("got %v; want an error that names the component", err)
	}
}

func TestVerifyAsksEveryOrigin(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	other := archive(t, file("linux/README", "another"))
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "other") {
			ranged(w, r, other)
			return
		}
		ranged(w, r, content)
	})
	c := component(content)
	f := fetcher(t, s.URL)
	now, _, err := f.Measure(t.Context(), withTree(c))
	if err != nil {
		t.Fatal(err)
	}
	c.Tree = now.Tree
	c.Origins = append(c.Origins, pin.Origin{Kind: pin.Archive, Files: []pin.File{{URL: s.URL + "/other.tar.gz", Strip: 1}}})
	verdicts, err := f.Verify(t.Context(), c)
	if err != nil || len(verdicts) != 2 {
		t.Fatalf("%v, %v; want two verdicts", verdicts, err)
	}
	if verdicts[0].Err != nil {
		t.Error(verdicts[0])
	}
	if err := verdicts[1].Err; !errors.Is(err, ErrMismatch) || !strings.Contains(err.Error(), "expected digest "+c.Tree) {
		t.Errorf("got %v; want a mismatch of the tree", err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.Cache, "scratch*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// withTree returns a component that has a tree digest, if a wrong one.
func withTree(c *pin.Component) *pin.Component {
	d := *c
	d.Tree = sum(nil)
	return &d
}

func TestMeasure(t *testing.T) {
	content := archive(t, file("linux/README", readme))
	s, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "gone") {
			http.NotFound(w, r)
			return
		}
		ranged(w, r, content)
	})
	c := component([]byte("what was pinned"))
	c.Origins = append(c.Origins, pin.Origin{Kind: pin.Archive, Files: []pin.File{{URL: s.URL + "/gone", SHA256: sum(nil)}}})
	now, verdicts, err := fetcher(t, s.URL).Measure(t.Context(), withTree(c))
	if err != nil {
		t.Fatal(err)
	}
	if got := now.Origins[0].Files[0]; got.SHA256 != sum(content) || got.Size != int64(len(content)) {
		t.Errorf("measured %s, %d bytes", got.SHA256, got.Size)
	}
	if now.Tree == sum(nil) || now.Origins[1].Files[0].SHA256 != sum(nil) {
		t.Error("the tree was not measured, or what does not answer has changed")
	}
	if len(verdicts) != 2 || verdicts[0].Err != nil || verdicts[1].Err == nil {
		t.Errorf("got %v; want that the second origin is gone", verdicts)
	}
	s.Close()
	if _, _, err := fetcher(t, s.URL).Measure(t.Context(), c); err == nil || !strings.Contains(err.Error(), "no origin of linux 6.12 answers") {
		t.Errorf("got %v", err)
	}
}

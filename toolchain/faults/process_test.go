package faults

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// process runs the pipeline.
type process struct {
	*exec.Cmd
	out, complaint bytes.Buffer
	supervised     chan error
	err            error
}

// start starts a process that builds variants; s, if not nil, is its supervisor.
func (g *ground) start(cache string, s *supervisor, variants ...string) *process {
	o := g.order
	o.Cache, o.Variants, o.Watched = cache, variants, s != nil
	return launch(o, s)
}

func launch(o order, s *supervisor) *process {
	p := &process{Cmd: exec.Command("/proc/self/exe")}
	text, err := json.Marshal(o)
	if err != nil {
		p.err = err
		return p
	}
	p.Env = append(os.Environ(), orderEnv+"="+string(text))
	p.Stdout, p.Stderr = &p.out, &p.complaint
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s != nil {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			p.err = err
			return p
		}
		theirs := os.NewFile(uintptr(pair[1]), "supervisor")
		ours := os.NewFile(uintptr(pair[0]), "supervised")
		p.ExtraFiles = []*os.File{theirs}
		conn, err := net.FileConn(ours)
		ours.Close()
		if err != nil {
			p.err = err
			return p
		}
		p.supervised = make(chan error, 1)
		go func() {
			defer conn.Close()
			p.supervised <- s.supervise(conn.(*net.UnixConn))
		}()
		defer theirs.Close()
	}
	p.err = p.Start()
	return p
}

// wait returns what the process answers. An error that it reports is one.
func (p *process) wait() (out outcome, err error) {
	if p.err != nil {
		return out, p.err
	}
	failed := p.Wait()
	if p.supervised != nil {
		if err := <-p.supervised; err != nil {
			return out, fmt.Errorf("supervisor: %w", err)
		}
	}
	if err := json.Unmarshal(p.out.Bytes(), &out); err != nil {
		return out, fmt.Errorf("%w (%w)\n%s", errDied, failed, p.complaint.String())
	}
	if out.Error != "" {
		return out, errors.New(out.Error)
	}
	return out, failed
}

func lookPath(name string) (string, error) { return exec.LookPath(name) }

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sourceArchive is a source tree of eight files and a link.
func sourceArchive(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := range 8 {
		text := fmt.Sprintf("file %d\n", i)
		if i > 0 {
			text += strings.Repeat(fmt.Sprintf("line of %d\n", i), 2000)
		}
		err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("linux-1/f%d", i), Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(text))})
		if _, werr := w.Write([]byte(text)); err != nil || werr != nil {
			t.Fatal(err, werr)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// copyTree copies a cache with its times.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, text, info.Mode().Perm()); err != nil {
			return err
		}
		return os.Chtimes(target, info.ModTime(), info.ModTime())
	})
}

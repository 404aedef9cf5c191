package fetch

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// author keeps git from whatever the user has set.
var author = []string{
	"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example",
	"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=protocol.file.allow", "GIT_CONFIG_VALUE_0=always",
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), author...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// origin is a folder of bare repositories: linux.git with a submodule lib.git, which has a submodule deep.git.
type origin struct {
	dir     string
	commits []string // of linux.git
	trees   []string // digests without and with submodules, of the last commit
}

func newOrigin(t *testing.T) *origin {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: needs git to make a repository and to serve it")
	}
	o, work := &origin{dir: t.TempDir()}, t.TempDir()
	publish := func(name string) {
		run(t, work, "clone", "-q", "--bare", name, filepath.Join(o.dir, name+".git"))
		run(t, filepath.Join(o.dir, name+".git"), "config", "uploadpack.allowAnySHA1InWant", "true")
	}
	for _, name := range []string{"deep", "lib", "linux"} {
		run(t, work, "init", "-q", "-b", "main", name)
		write(t, filepath.Join(work, name, "name"), name)
	}
	commit := func(name, message string) string {
		run(t, filepath.Join(work, name), "add", "-A")
		run(t, filepath.Join(work, name), "commit", "-q", "-m", message)
		return run(t, filepath.Join(work, name), "rev-parse", "HEAD")
	}
	commit("deep", "one")
	publish("deep")
	add := func(to, name, path string) {
		run(t, filepath.Join(work, to), "submodule", "--quiet", "add", filepath.Join(o.dir, name+".git"), path)
		run(t, filepath.Join(work, to), "config", "-f", ".gitmodules", "submodule."+path+".url", "../"+name+".git")
	}
	add("lib", "deep", "third/deep")
	commit("lib", "one")
	publish("lib")

	linux := filepath.Join(work, "linux")
	// Linux has files of a name that Windows reserves.
	write(t, filepath.Join(linux, "i2c/aux.c"), "int x;\n")
	write(t, filepath.Join(linux, "run.sh"), "#!/bin/sh\n")
	write(t, filepath.Join(linux, "big"), strings.Repeat("0123456789abcdef", 1<<17))
	if err := os.Chmod(filepath.Join(linux, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("i2c/aux.c", filepath.Join(linux, "link")); err != nil {
		t.Fatal(err)
	}
	o.commits = append(o.commits, commit("linux", "one"))
	add("linux", "lib", "src/lib")
	o.commits = append(o.commits, commit("linux", "two"))
	run(t, linux, "tag", "v2")
	run(t, linux, "tag", "-a", "-m", "signed, as it were", "v2-annotated")
	publish("linux")

	for _, skip := range []string{"src", ""} {
		if skip == "" {
			run(t, linux, "-C", "src/lib", "config", "submodule.third/deep.url", filepath.Join(o.dir, "deep.git"))
			run(t, linux, "submodule", "--quiet", "update", "--init", "--recursive")
		}
		tree, err := digest.Tree(t.Context(), linux, func(p string) bool { return filepath.Base(p) == ".git" || p == skip })
		if err != nil {
			t.Fatal(err)
		}
		o.trees = append(o.trees, tree)
	}
	return o
}

// serve serves the repositories over HTTP as git itself does.
func (o *origin) serve(t *testing.T) *httptest.Server {
	t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&cgi.Handler{Path: path, Args: []string{"http-backend"}, Dir: o.dir, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + o.dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"}})
	t.Cleanup(server.Close)
	return server
}

func gitComponent(o pin.Origin, tree string) *pin.Component {
	o.Kind = pin.Git
	return &pin.Component{Name: "linux", Version: "2", Tree: tree, Origins: []pin.Origin{o}}
}

// A real git server on loopback, and a repository in the file system.
func TestGit(t *testing.T) {
	o := newOrigin(t)
	web, disk := o.serve(t).URL+"/linux.git", "file://"+o.dir+"/linux.git"
	all := []string{"src/lib", "src/lib/third/deep"}
	for name, test := range map[string]struct {
		pin   pin.Origin
		tree  string
		fault string
	}{
		"http, commit":                {pin.Origin{URL: web, Commit: o.commits[1]}, o.trees[0], ""},
		"http, tag":                   {pin.Origin{URL: web, Ref: "refs/tags/v2"}, o.trees[0], ""},
		"http, annotated tag":         {pin.Origin{URL: web, Ref: "refs/tags/v2-annotated"}, o.trees[0], ""},
		"http, submodules":            {pin.Origin{URL: web, Commit: o.commits[1], Submodules: all}, o.trees[1], ""},
		"file, commit":                {pin.Origin{URL: disk, Commit: o.commits[1]}, o.trees[0], ""},
		"file, submodules":            {pin.Origin{URL: disk, Commit: o.commits[1], Submodules: all}, o.trees[1], ""},
		"another commit":              {pin.Origin{URL: web, Commit: o.commits[0]}, o.trees[0], "expected digest " + o.trees[0]},
		"no such commit":              {pin.Origin{URL: web, Commit: strings.Repeat("d", 40)}, "", "dddd"},
		"no such tag":                 {pin.Origin{URL: web, Ref: "refs/tags/v3"}, o.trees[0], "refs/tags/v3"},
		"no such repository":          {pin.Origin{URL: web + "x", Commit: o.commits[0]}, "", "linux.gitx"},
		"no such submodule":           {pin.Origin{URL: web, Commit: o.commits[1], Submodules: []string{"src/other"}}, "", "no submodule src/other"},
		"no submodules at all":        {pin.Origin{URL: web, Commit: o.commits[0], Submodules: all}, "", ".gitmodules"},
		"no such submodule of theirs": {pin.Origin{URL: web, Commit: o.commits[1], Submodules: []string{"src/lib", "src/lib/x"}}, "", "no submodule x"},
	} {
		t.Run(name, func(t *testing.T) {
			f, dst := fetcher(t, ""), filepath.Join(t.TempDir(), "tree")
			if err := os.Mkdir(dst, 0o755); err != nil { // as a stage does
				t.Fatal(err)
			}
			_, err := f.Tree(t.Context(), gitComponent(test.pin, test.tree), dst)
			if test.fault == "" && err != nil || test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("got %v; want an error with %q, if anything", err, test.fault)
			}
			for _, pattern := range []string{"*.part", "*.draft"} {
				if left, _ := filepath.Glob(filepath.Join(f.Cache, pattern)); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			}
		})
	}
}

func TestGitIsCached(t *testing.T) {
	o := newOrigin(t)
	server := o.serve(t)
	c := gitComponent(pin.Origin{URL: server.URL + "/linux.git", Commit: o.commits[1], Submodules: []string{"src/lib", "src/lib/third/deep"}}, o.trees[1])
	f := fetcher(t, "")
	f.Offline = true
	if _, err := f.Download(t.Context(), c); err == nil || !strings.Contains(err.Error(), "REX_OFFLINE") {
		t.Errorf("got %v; want a refusal that names REX_OFFLINE", err)
	}
	f.Offline = false
	meter := &meter{}
	f.Progress = meter
	if _, err := f.Download(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if meter.bytes.Load() == 0 {
		t.Error("nobody was told of the bytes that came")
	}
	server.Close()
	f.Offline = true
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
		t.Errorf("without a network, from the cache: %v", err)
	}
}

// A repository of the cache that has changed comes anew, wherever it has changed; without a network, that is said.
func TestGitCacheIsProved(t *testing.T) {
	o := newOrigin(t)
	server := o.serve(t)
	c := gitComponent(pin.Origin{URL: server.URL + "/linux.git", Commit: o.commits[1], Submodules: []string{"src/lib", "src/lib/third/deep"}}, o.trees[1])
	f := fetcher(t, "")
	damage := func(t *testing.T, at float64) {
		t.Helper()
		packs, err := filepath.Glob(filepath.Join(f.Cache, "git-*/objects/pack/*"))
		if err != nil || len(packs) < 6 {
			t.Fatalf("got packs %v, %v; want three with their indexes", packs, err)
		}
		for _, p := range packs {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			text[int(float64(len(text)-1)*at)] ^= 0x40
			if err := errors.Join(os.Chmod(p, 0o644), os.WriteFile(p, text, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, at := range []float64{0, 0.1, 0.5, 0.9, 1} {
		if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
			t.Fatalf("%.1f: %v", at, err)
		}
		damage(t, at)
	}
	f.Offline = true
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "REX_OFFLINE") {
		t.Errorf("got %v; want that the cache is damaged and REX_OFFLINE in the way", err)
	}
	f.Offline = false
	heads, err := filepath.Glob(filepath.Join(f.Cache, "git-*/refs/rex/pin"))
	if err != nil || len(heads) != 3 {
		t.Fatal(heads, err)
	}
	for i, h := range heads {
		write(t, h, []string{"", "nonsense\n", o.commits[0] + "\n"}[i])
	}
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
		t.Errorf("with refs that lead elsewhere: %v", err)
	}
}

// A tag that has moved is no reason to take another tree, and one that comes back is found.
func TestGitMovedTag(t *testing.T) {
	o := newOrigin(t)
	bare := filepath.Join(o.dir, "linux.git")
	c := gitComponent(pin.Origin{URL: o.serve(t).URL + "/linux.git", Ref: "refs/tags/v2"}, o.trees[0])
	f := fetcher(t, "")
	for _, test := range []struct{ commit, fault string }{{o.commits[0], "expected digest " + o.trees[0]}, {o.commits[1], ""}} {
		run(t, bare, "tag", "-f", "v2", test.commit)
		_, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree"))
		if test.fault == "" && err != nil || test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
			t.Errorf("got %v; want an error with %q, if anything", err, test.fault)
		}
	}
}

// A submodule whose repository is gone, or lacks the commit.
func TestGitSubmoduleMissing(t *testing.T) {
	o := newOrigin(t)
	c := gitComponent(pin.Origin{URL: o.serve(t).URL + "/linux.git", Commit: o.commits[1], Submodules: []string{"src/lib", "src/lib/third/deep"}}, o.trees[1])
	deep := filepath.Join(o.dir, "deep.git")
	if err := os.Rename(deep, deep+".gone"); err != nil {
		t.Fatal(err)
	}
	check := func(why string) {
		t.Helper()
		_, err := fetcher(t, "").Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree"))
		if err == nil || !strings.Contains(err.Error(), "submodule src/lib: submodule third/deep: ") {
			t.Errorf("%s: got %v; want an error that names the submodule", why, err)
		}
	}
	check("gone")
	run(t, o.dir, "init", "-q", "--bare", "deep.git")
	check("without the commit")
}

// git's own daemon, with its own protocol.
func TestGitDaemon(t *testing.T) {
	o := newOrigin(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().(*net.TCPAddr)
	l.Close()
	daemon := exec.Command("git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", "--port="+strconv.Itoa(address.Port), "--base-path="+o.dir, o.dir)
	daemon.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*")
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // git starts the daemon as a second process
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-daemon.Process.Pid, syscall.SIGTERM)
		_ = daemon.Wait()
	})
	for start := time.Now(); ; {
		if c, err := net.Dial("tcp", address.String()); err == nil {
			c.Close()
			break
		} else if time.Since(start) > 10*time.Second {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	c := gitComponent(pin.Origin{URL: "git://" + address.String() + "/linux.git", Commit: o.commits[1], Submodules: []string{"src/lib", "src/lib/third/deep"}}, o.trees[1])
	f := fetcher(t, "")
	if _, err := f.Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
		t.Error(err)
	}
}

// A server that takes the connection and says nothing, or that stops in the middle.
func TestGitStall(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
		}
	}()
	for _, scheme := range []string{"http", "git"} {
		f := fetcher(t, "")
		f.stall = 200 * time.Millisecond
		start := time.Now()
		_, err := f.Tree(t.Context(), gitComponent(pin.Origin{URL: scheme + "://" + l.Addr().String() + "/x.git", Commit: strings.Repeat("a", 40)}, ""), filepath.Join(t.TempDir(), "tree"))
		if took := time.Since(start); err == nil || !strings.Contains(err.Error(), "nothing came for 200ms") || took > 20*time.Second {
			t.Errorf("%s: got %v after %s; want an error that says that nothing came", scheme, err, took)
		}
	}
}

func TestGitWithoutServerIsNoSuccess(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	c := gitComponent(pin.Origin{URL: server.URL + "/linux.git", Commit: strings.Repeat("a", 40)}, "")
	if _, err := fetcher(t, "").Download(t.Context(), c); err == nil || !strings.Contains(err.Error(), "git "+server.URL) {
		t.Errorf("got %v; want what the server said", err)
	}
}

func TestSubmoduleAddress(t *testing.T) {
	for _, test := range []struct{ parent, address, want string }{
		{"https://x.example/a/linux.git", "../b.git", "https://x.example/a/b.git"},
		{"https://x.example/a/linux.git", "../../b/c.git", "https://x.example/b/c.git"},
		{"https://x.example/a/linux.git", "https://y.example/c.git", "https://y.example/c.git"},
		{"https://x.example/a/linux.git", "file:///etc", ""},
		{"https://x.example/a/linux.git", "/etc", ""},
		{"https://x.example/a/linux.git", "ssh://git@y.example:2222/c.git", "https://y.example/c.git"},
		{"https://x.example/a/linux.git", "git@y.example:c/d.git", "https://y.example/c/d.git"},
		{"https://x.example/a/linux.git", "git@-oProxyCommand=x:c", ""},
		{"https://x.example/a/linux.git", "ssh:///c", ""},
		{"https://x.example/a/linux.git", "https://user:secret@y.example/c", ""},
		{"https://x.example/a/linux.git", "https:///etc", ""},
		{"https://x.example/a/linux.git", "ext::sh -c x", ""},
	} {
		if got, err := submoduleAddress(test.parent, test.address); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s from %s: got %q, %v; want %q", test.address, test.parent, got, err, test.want)
		}
	}
}

// meter counts what it is told.
type meter struct {
	starts, bytes, failures, ends atomic.Int64
	first                         func() // called when the first bytes come
}

func (m *meter) Start(string, int64) io.WriteCloser { m.starts.Add(1); return m }
func (m *meter) Close() error                       { m.ends.Add(1); return nil }
func (m *meter) CloseWithError(error) error         { m.failures.Add(1); return nil }
func (m *meter) Write(p []byte) (int, error) {
	if m.bytes.Add(int64(len(p))) == int64(len(p)) && m.first != nil {
		m.first()
	}
	return len(p), nil
}

func FuzzGitmodules(f *testing.F) {
	f.Add([]byte("[submodule \"a\"]\n\tpath = a\n\turl = ../a.git\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		modules, err := parseModules(text)
		if err != nil {
			return
		}
		for _, m := range modules {
			if to, err := submoduleAddress("https://x.example/a.git", m.URL); err == nil && !bytes.HasPrefix([]byte(to), []byte("https://")) {
				t.Fatalf("%q leads to %q", m.URL, to)
			}
		}
	})
}

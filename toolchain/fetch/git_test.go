package fetch

import (
	"bytes"
	"io"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

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
		{"https://x.example/a/linux.git", "ssh://y.example/c", ""},
		{"https://x.example/a/linux.git", "git@y.example:c", ""},
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

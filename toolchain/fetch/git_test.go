package fetch

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// repository makes a bare repository of two commits and returns its folder, the commits, and the second one's tree.
func repository(t *testing.T) (bare string, commits []string, tree string) {
	t.Helper()
	work := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	// Linux has files of a name that Windows reserves.
	for name, text := range map[string]string{"i2c/aux.c": "int x;\n", "run.sh": "#!/bin/sh\n", "big": strings.Repeat("0123456789abcdef", 1<<17)} {
		path := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(work, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("i2c/aux.c", filepath.Join(work, "link")); err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"one", "two"} {
		if err := os.WriteFile(filepath.Join(work, "version"), []byte(message), 0o644); err != nil {
			t.Fatal(err)
		}
		git("add", "-A")
		git("commit", "-q", "-m", message)
		commits = append(commits, git("rev-parse", "HEAD"))
	}
	git("tag", "v2")
	tree, err := digest.Tree(t.Context(), work, func(p string) bool { return p == ".git" })
	if err != nil {
		t.Fatal(err)
	}
	bare = filepath.Join(t.TempDir(), "linux.git")
	git("clone", "-q", "--bare", work, bare)
	git("-C", bare, "config", "uploadpack.allowAnySHA1InWant", "true")
	return bare, commits, tree
}

// A real git server on loopback, and a file repository.
func TestGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: needs git to make a repository and to serve it")
	}
	bare, commits, tree := repository(t)
	path, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&cgi.Handler{Path: path, Args: []string{"http-backend"}, Dir: bare,
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(bare), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_GLOBAL=/dev/null"}})
	defer server.Close()
	var _ http.Handler = server.Config.Handler

	for name, o := range map[string]pin.Origin{
		"http, commit": {Kind: pin.Git, URL: server.URL + "/linux.git", Commit: commits[1]},
		"http, tag":    {Kind: pin.Git, URL: server.URL + "/linux.git", Ref: "refs/tags/v2"},
		"file, commit": {Kind: pin.Git, URL: "file://" + bare, Commit: commits[1]},
	} {
		t.Run(name, func(t *testing.T) {
			c := &pin.Component{Name: "linux", Version: "2", Tree: tree, Origins: []pin.Origin{o}}
			if _, err := fetcher(t, "").Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("another commit is another tree", func(t *testing.T) {
		c := &pin.Component{Name: "linux", Version: "1", Tree: tree, Origins: []pin.Origin{{Kind: pin.Git, URL: server.URL + "/linux.git", Commit: commits[0]}}}
		if _, err := fetcher(t, "").Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "digest") {
			t.Errorf("got %v; want a mismatch", err)
		}
	})
	t.Run("no such commit", func(t *testing.T) {
		c := &pin.Component{Name: "linux", Version: "9", Origins: []pin.Origin{{Kind: pin.Git, URL: server.URL + "/linux.git", Commit: strings.Repeat("d", 40)}}}
		if _, err := fetcher(t, "").Tree(t.Context(), c, filepath.Join(t.TempDir(), "tree")); err == nil || !strings.Contains(err.Error(), "dddd") {
			t.Errorf("got %v; want an error that names the commit", err)
		}
	})
}

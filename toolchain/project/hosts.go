package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/digest"
	"rex/toolchain/fetch"
	"rex/toolchain/hosts"
	"rex/toolchain/sandbox"
	"rex/toolchain/signing"
	"rex/toolchain/signing/appended"
	"rex/toolchain/store"
	"rex/toolchain/tools"
	"rex/toolchain/worktree"
)

// anybody is an ordinary user of the hosts.
const anybody = 1000

// rebuilt are the stages that are built anew on a host with a warm cache.
var rebuilt = []string{"agent", "librex", "passes", "sample-hello", "tests-unit", "toolchain"}

// TestHosts runs README's two commands as an ordinary user of several machines, in a fresh copy of the checkout: with a warm cache, and, unless
// REX_TEST_SHORT=1, on one of them from an empty one. What is built there must be what is built here, to the byte.
func (p *Project) TestHosts(ctx context.Context) error {
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	all, err := hosts.All()
	if err != nil {
		return err
	}
	if err := p.Test(ctx); err != nil { // with this, the cache is warm
		return err
	}
	results, err := p.Runner.Run(ctx, slices.Concat(p.All(), samples, p.testStages())...)
	if err != nil {
		return err
	}
	for _, h := range all {
		tree, err := p.hostTree(ctx, h, results[p.tools.Name].Dir)
		if err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		if err := p.tryHost(ctx, h, tree, results, true); err != nil {
			return fmt.Errorf("%s, warm cache: %w", h.Name, err)
		}
	}
	if os.Getenv("REX_TEST_SHORT") == "1" {
		p.Term.Printf("skipped, as REX_TEST_SHORT=1: from an empty cache")
		return nil
	}
	for _, h := range all {
		if !h.Cold {
			continue
		}
		tree, err := p.hostTree(ctx, h, results[p.tools.Name].Dir)
		if err != nil {
			return err
		}
		if err := p.tryHost(ctx, h, tree, results, false); err != nil {
			return fmt.Errorf("%s, empty cache: %w", h.Name, err)
		}
	}
	return nil
}

// hostTree makes the tree of a host, once.
func (p *Project) hostTree(ctx context.Context, h *hosts.Host, from string) (string, error) {
	dir := filepath.Join(p.Store.Dir(), "host", "trees", h.Name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	mirror, err := p.debianMirror()
	if err != nil {
		return "", err
	}
	p.Term.Printf("> %s: making the machine's tree", h.Name)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), h.Name+".new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	if err := os.Chmod(draft, 0o755); err != nil {
		return "", err
	}
	if err := h.Make(ctx, from, p.fetcher, mirror, p.Store.Log("hosts"), draft); err != nil {
		return "", err
	}
	if err := os.Rename(draft, dir); err != nil && !errors.Is(err, fs.ErrExist) { // somebody else has made it
		return "", err
	}
	return dir, nil
}

// tryHost does on a host what README says.
func (p *Project) tryHost(ctx context.Context, h *hosts.Host, tree string, ours map[string]*store.Result, warm bool) error {
	// Beside the store: the disk with room.
	home, err := os.MkdirTemp(p.Store.Dir(), "home-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	checkout, cache := filepath.Join(home, "rex"), filepath.Join(home, ".cache/rex")
	if err := worktree.Collect(ctx, p.Root, checkout, []string{"."}, func(_, path string) bool { return notSource(path) }); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(cache, "results"), 0o755); err != nil {
		return err
	}
	commands := [][]string{{"run", "hello"}, {"test"}}
	if warm {
		// A cold one makes a key of its own, as another user does.
		if err := os.CopyFS(filepath.Join(cache, "keys"), os.DirFS(filepath.Join(p.Store.Dir(), "keys"))); err != nil {
			return err
		}
		for name := range ours {
			if slices.Contains(rebuilt, name) {
				continue
			}
			if err := os.Symlink("/warm/results/"+name, filepath.Join(cache, "results", name)); err != nil {
				return err
			}
		}
		if err := os.CopyFS(filepath.Join(cache, "passed"), os.DirFS(filepath.Join(p.Store.Dir(), "passed"))); err != nil {
			return err
		}
	}
	if err := owned(home); err != nil {
		return err
	}
	goEnv, err := (&command.Cmd{Path: "go", Args: []string{"env", "GOROOT", "GOPROXY", "GONOSUMDB", "GOSUMDB"}, Dir: p.Root}).Output(ctx)
	if err != nil {
		return err
	}
	settings := strings.Split(goEnv, "\n")
	mirror, err := p.debianMirror()
	if err != nil {
		return err
	}
	box := sandbox.Box{
		Tree: tree, Network: true, User: anybody,
		Mounts: append(tools.Network(), sandbox.Mount{Host: home, Inside: "/home/user", Writable: true}, sandbox.Mount{Host: settings[0], Inside: "/usr/local/go"}),
	}
	if warm {
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: filepath.Join(p.Store.Dir(), "results"), Inside: "/warm/results"})
	}
	env := append(tools.Proxies(), "HOME=/home/user", "USER=user", "LANG=tr_TR.UTF-8", "TZ=Pacific/Chatham", "CFLAGS=-O0", "PATH="+strings.Join(h.Tree.Path, ":"),
		"GOPROXY="+settings[1], "GONOSUMDB="+settings[2], "GOSUMDB="+settings[3])
	if !h.Apt {
		env = append(env, "REX_DEBIAN_MIRROR="+mirror)
	}
	if short := os.Getenv("REX_TEST_SHORT"); short != "" {
		env = append(env, "REX_TEST_SHORT="+short)
	}
	for _, args := range commands {
		start := time.Now()
		p.Term.Printf("> %s: go tool mage %s", h.Name, strings.Join(args, " "))
		cmd, err := box.Command(command.Cmd{
			Path: "go", Args: append([]string{"tool", "mage"}, args...), Dir: "/home/user/rex", Env: env, Log: p.Store.Log("hosts-" + h.Name),
		})
		if err != nil {
			return err
		}
		if err := cmd.Run(ctx); err != nil {
			return err
		}
		p.Term.Printf("  %s: passed in %.0f s", h.Name, time.Since(start).Seconds())
	}
	return p.sameThere(ctx, h, cache, ours)
}

// sameThere compares the results of another machine with ours, but for the signatures of extensions: each user has a key.
func (p *Project) sameThere(ctx context.Context, h *hosts.Host, cache string, ours map[string]*store.Result) error {
	var differ []string
	compared := 0
	for name, result := range ours {
		if strings.HasPrefix(name, "tests-") {
			continue // logs, with times
		}
		trees, err := filepath.Glob(filepath.Join(cache, "results", name, "*", "tree"))
		if err != nil {
			return err
		}
		for _, tree := range trees {
			var sums [2]string
			for i, dir := range []string{tree, result.Dir} {
				if sums[i], err = p.unsignedDigest(ctx, dir); err != nil {
					return err
				}
			}
			compared++
			if sums[0] != sums[1] {
				differ = append(differ, name)
			}
		}
	}
	if slices.Sort(differ); len(differ) > 0 {
		return fmt.Errorf("results differ from those of this machine: %s", strings.Join(differ, ", "))
	}
	if compared == 0 {
		return errors.New("nothing was built")
	}
	p.Term.Printf("  %s: %d results are the same, to the byte", h.Name, compared)
	return nil
}

// unsignedDigest is the digest of a tree without the signatures appended to its files.
func (p *Project) unsignedDigest(ctx context.Context, tree string) (string, error) {
	scratch, err := os.MkdirTemp(p.Store.Dir(), "unsigned-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	signed := map[string]bool{}
	err = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		is, err := signing.IsSigned(path)
		if err != nil || !is {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		content, _, err := appended.Split(b)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rel, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		signed[filepath.ToSlash(rel)] = true
		to := filepath.Join(scratch, rel)
		return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, content, 0o644))
	})
	if err != nil {
		return "", err
	}
	contents, err := digest.Tree(ctx, scratch, nil)
	if err != nil {
		return "", err
	}
	rest, err := digest.Tree(ctx, tree, func(path string) bool { return signed[path] })
	return contents + rest, err
}

// owned gives root's files below dir to anybody; others' are theirs already.
func owned(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, anybody, anybody)
	})
}

// debianMirror is where this machine has the Debian archive of today from.
func (p *Project) debianMirror() (string, error) {
	known, err := fetch.HostMirrors()
	if err != nil {
		return "", err
	}
	if len(known) > 0 {
		return known[0], nil
	}
	return strings.TrimRight(p.tree.Config.Snapshot, "/") + "/" + tools.Now(), nil
}

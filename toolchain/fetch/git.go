package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// pinned names, in a repository of the cache, what was fetched.
const pinned = plumbing.ReferenceName("refs/rex/pin")

// objects bounds the memory that a repository's cache of objects takes.
const objects = 16 * cache.MiByte

// checkout is a commit in the cache, with those of its submodules that are wanted.
type checkout struct {
	repo    *git.Repository
	tree    *object.Tree
	modules map[string]*checkout // by path
}

// repository is where a repository is kept.
func (f *Fetcher) repository(address, what string) string {
	return filepath.Join(f.Cache, "git-"+digest.String(address + " " + what)[:40])
}

// checkout brings the commit of an origin into the cache.
func (f *Fetcher) checkout(ctx context.Context, o *pin.Origin) (*checkout, error) {
	return f.commit(ctx, o.URL, o.Commit, o.Ref, o.Submodules)
}

// commit brings one commit, named by itself or by a ref, into the cache, then the submodules at the given paths.
func (f *Fetcher) commit(ctx context.Context, address, commit, ref string, submodules []string) (*checkout, error) {
	what := commit
	if what == "" {
		what = ref
	}
	dir := f.repository(address, what)
	c, err := openCommit(dir, commit)
	if err != nil { // not there, or not as it came
		if anew := f.clone(ctx, address, what, commit, dir); anew != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				anew = fmt.Errorf("%w; what is in the cache cannot be used: %w", anew, err)
			}
			return nil, anew
		}
		if c, err = openCommit(dir, commit); err != nil {
			return nil, errors.Join(fmt.Errorf("%s of %s: %w", what, address, err), os.RemoveAll(dir))
		}
	}
	_ = use(dir)
	return c, f.submodules(ctx, c, address, submodules)
}

// openCommit opens what clone has made, and proves that it is still that: the packs, and that the commit is the wanted one
// if that is not empty. Files prove themselves when they are written.
func openCommit(dir, commit string) (*checkout, error) {
	if err := provePacks(dir); err != nil {
		return nil, err
	}
	repo, err := open(dir)
	if err != nil {
		return nil, err
	}
	hash, err := repo.ResolveRevision(plumbing.Revision(pinned))
	if err != nil {
		return nil, err
	}
	if commit != "" && hash.String() != commit {
		return nil, fmt.Errorf("has commit %s, pinned is %s", hash, commit)
	}
	if err := proveCommit(repo, *hash); err != nil {
		return nil, err
	}
	object, err := repo.CommitObject(*hash)
	if err != nil {
		return nil, err
	}
	tree, err := object.Tree()
	return &checkout{repo: repo, tree: tree, modules: map[string]*checkout{}}, err
}

func open(dir string) (*git.Repository, error) {
	return git.Open(filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRU(objects)), nil)
}

// clone makes a bare repository of one commit. It appears whole or not at all, in place of what is no such thing.
func (f *Fetcher) clone(ctx context.Context, address, what, commit, dir string) (err error) {
	if f.Offline && !isFile(address) {
		return errOffline
	}
	if err := os.MkdirAll(f.Cache, 0o755); err != nil {
		return err
	}
	// The lock of an empty part keeps other processes out.
	p, err := openPart(ctx, dir+".part")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(p.Name()), p.Close()) }()
	if _, err := openCommit(dir, commit); err == nil {
		return nil // another process was faster
	}
	draft := dir + ".draft"
	if err := os.RemoveAll(draft); err != nil { // of a run that was killed
		return err
	}
	defer os.RemoveAll(draft)
	if err := os.Mkdir(draft, 0o755); err != nil {
		return err
	}
	bar := &bar{progress: f.Progress, name: "git " + address}
	bar.start(-1, 0)
	defer func() { err = errors.Join(err, bar.end(err)) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := newWatch(f.stall, 1, cancel)
	defer w.stop()
	repo, err := git.Init(&counted{filesystem.NewStorage(osfs.New(draft), cache.NewObjectLRU(objects)), bar, w}, nil)
	if err != nil {
		return err
	}
	if _, err := repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{address}}); err != nil {
		return err
	}
	err = repo.FetchContext(ctx, &git.FetchOptions{
		RefSpecs: []config.RefSpec{config.RefSpec("+" + what + ":" + string(pinned))},
		Depth:    1, Tags: git.NoTags, Progress: w,
	})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s of %s: %w", what, address, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(draft, dir)
}

// counted is a storage that tells how many bytes of a pack have come.
type counted struct {
	*filesystem.Storage
	bar   io.Writer
	watch *watch
}

func (c *counted) PackfileWriter() (io.WriteCloser, error) {
	pack, err := c.Storage.PackfileWriter()
	if err != nil {
		return nil, err
	}
	return &countedPack{pack, c}, nil
}

type countedPack struct {
	io.WriteCloser
	*counted
}

func (c *countedPack) Write(p []byte) (int, error) {
	n, err := c.WriteCloser.Write(p)
	_, _ = c.watch.Write(p[:n])
	_, _ = c.bar.Write(p[:n])
	return n, err
}

// Close waits for the pack's index, which takes the time that it takes.
func (c *countedPack) Close() error {
	c.watch.stop()
	return c.WriteCloser.Close()
}

// submodules brings those submodules of a commit that are wanted into the cache: each at the commit that
// the tree names, which is its proof.
func (f *Fetcher) submodules(ctx context.Context, c *checkout, address string, wanted []string) error {
	if len(wanted) == 0 {
		return nil
	}
	modules, err := c.list()
	if err != nil {
		return err
	}
	for _, path := range wanted {
		i := slices.IndexFunc(modules, func(m *config.Submodule) bool { return m.Path == path })
		if i < 0 {
			if parent := slices.IndexFunc(modules, func(m *config.Submodule) bool { return strings.HasPrefix(path, m.Path+"/") }); parent >= 0 {
				continue // a submodule's submodule
			}
			return fmt.Errorf("%s has no submodule %s", address, path)
		}
		entry, err := c.tree.FindEntry(path)
		if err != nil || entry.Mode != filemode.Submodule {
			return fmt.Errorf("%s has no submodule %s", address, path)
		}
		from, err := submoduleAddress(address, modules[i].URL)
		if err != nil {
			return fmt.Errorf("submodule %s: %w", path, err)
		}
		var inner []string
		for _, p := range wanted {
			if rest, ok := strings.CutPrefix(p, path+"/"); ok {
				inner = append(inner, rest)
			}
		}
		if c.modules[path], err = f.commit(ctx, from, entry.Hash.String(), "", inner); err != nil {
			return fmt.Errorf("submodule %s: %w", path, err)
		}
	}
	return nil
}

// list reads .gitmodules.
func (c *checkout) list() ([]*config.Submodule, error) {
	file, err := c.tree.File(".gitmodules")
	if err != nil {
		return nil, fmt.Errorf(".gitmodules: %w", err)
	}
	text, err := file.Contents()
	if err != nil {
		return nil, fmt.Errorf(".gitmodules: %w", err)
	}
	return parseModules([]byte(text))
}

func parseModules(text []byte) ([]*config.Submodule, error) {
	all := config.NewModules()
	if err := all.Unmarshal(text); err != nil {
		return nil, fmt.Errorf(".gitmodules: %w", err)
	}
	var list []*config.Submodule
	for _, m := range all.Submodules {
		list = append(list, m)
	}
	return list, nil
}

// submoduleAddress resolves an address as git-submodule(1) has it. It must not lead from the network to
// this machine, nor to a transport that runs a program: ssh, which would ask for a key, becomes https.
func submoduleAddress(parent, address string) (string, error) {
	base, err := url.Parse(parent)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(address, "./") || strings.HasPrefix(address, "../") {
		return base.JoinPath(address).String(), nil
	}
	if m := scpForm.FindStringSubmatch(address); m != nil {
		return "https://" + m[1] + "/" + m[2], nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	if u.Scheme == "ssh" && u.Hostname() != "" {
		u.Scheme, u.User, u.Host = "https", nil, u.Hostname() // the port is that of ssh
	}
	if u.Scheme != "https" && u.Scheme != base.Scheme || u.Host == "" && u.Scheme != "file" || u.User != nil {
		return "", fmt.Errorf("address %q is no https address", Redacted(address))
	}
	return u.String(), nil
}

// scpForm is ssh's short form of an address: git@host:path.
var scpForm = regexp.MustCompile(`^[A-Za-z0-9._-]+@([A-Za-z0-9][A-Za-z0-9.-]*):([^/:][^:]*)$`)

// writeGit writes the tree of an origin's commit to dst.
func (f *Fetcher) writeGit(ctx context.Context, o *pin.Origin, dst string) error {
	c, err := f.checkout(ctx, o)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	return c.write(ctx, root, ".")
}

// Package fetch brings pinned components onto the machine: from a mirror of the Debian archive, an
// upstream address or a git repository, whichever answers first, each verified.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// Progress is told of downloads.
type Progress interface {
	// Start is called with the size in bytes, or -1 if nobody knows; the bytes are written to the
	// result, which is closed. If it has a method CloseWithError(error) error, as io.PipeWriter
	// has, that one is called instead when the download is given up or starts over.
	Start(name string, total int64) io.WriteCloser
}

// Fetcher fetches components.
type Fetcher struct {
	Cache    string   // downloads are kept here: files by digest, repositories by commit
	Mirrors  []string // of the Debian archive, tried in order
	Progress Progress // may be nil
	Client   *http.Client
	Offline  bool // use only what is in Cache or at file:// addresses

	stall time.Duration // how long a transfer may bring nothing
	pause time.Duration // before a second try; longer before later ones
}

// New returns a fetcher for this host: mirrors from apt's configuration, REX_OFFLINE=1 honoured.
func New(cache string, progress Progress) (*Fetcher, error) {
	mirrors, err := HostMirrors()
	if err != nil {
		return nil, err
	}
	return &Fetcher{Cache: cache, Mirrors: mirrors, Progress: progress, Client: newClient(mirrors), Offline: os.Getenv("REX_OFFLINE") == "1", stall: stall, pause: pause}, nil
}

// Download makes sure that what some origin of the component holds is in the cache, and returns the origin, which is then the
// chosen one. What only the tree digest can prove is not proved by it: Tree does that.
func (f *Fetcher) Download(ctx context.Context, c *pin.Component) (*pin.Origin, error) {
	o, err := f.first(ctx, c, func(o *pin.Origin) error { return f.download(ctx, o) })
	if err != nil || c.Tree != "" || o == f.Chosen(c) {
		return o, err
	}
	return o, f.choose(c, o)
}

// Tree writes the component's pruned tree to dst, an empty or absent folder, and returns the
// origin it came from. An origin whose tree does not match the pinned digest counts as failed.
func (f *Fetcher) Tree(ctx context.Context, c *pin.Component, dst string) (*pin.Origin, error) {
	return f.first(ctx, c, func(o *pin.Origin) error {
		if err := f.tree(ctx, c, o, dst); err != nil {
			return errors.Join(err, os.RemoveAll(dst))
		}
		return nil
	})
}

// Chosen returns the origin that the component comes from on this machine: the one that Download came to last, at first the first.
// It matters where no tree digest says that all origins hold the same.
func (f *Fetcher) Chosen(c *pin.Component) *pin.Origin {
	text, err := os.ReadFile(f.choice(c))
	for i := range c.Origins {
		if err == nil && string(text) == fmt.Sprintf("%+v\n", c.Origins[i]) {
			return &c.Origins[i]
		}
	}
	return &c.Origins[0]
}

func (f *Fetcher) choice(c *pin.Component) string {
	return filepath.Join(f.Cache, "origin-"+digest.String(fmt.Sprintf("%+v", *c))[:40])
}

func (f *Fetcher) choose(c *pin.Component, o *pin.Origin) error {
	draft, err := os.CreateTemp(f.Cache, "origin-")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(draft, "%+v\n", *o)
	if err := errors.Join(err, draft.Close()); err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return os.Rename(draft.Name(), f.choice(c))
}

// first tries the origins, the chosen one before the others. The error, when none works, says what each of them said.
func (f *Fetcher) first(ctx context.Context, c *pin.Component, try func(*pin.Origin) error) (*pin.Origin, error) {
	chosen := f.Chosen(c)
	order := []*pin.Origin{chosen}
	for i := range c.Origins {
		if o := &c.Origins[i]; o != chosen {
			order = append(order, o)
		}
	}
	var said []string
	for _, o := range order {
		err := try(o)
		if err == nil {
			return o, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		err = redacted{err}
		if local(err) {
			return nil, fmt.Errorf("fetch %s %s: %w", c.Name, c.Version, err)
		}
		said = append(said, fmt.Sprintf("%s: %v", describe(o), err))
	}
	return nil, fmt.Errorf("cannot fetch %s %s; tried\n  %s", c.Name, c.Version, strings.Join(said, "\n  "))
}

// local tells the faults of this machine, which no other origin would help: a full disk, a folder that
// cannot be written.
func local(err error) bool {
	var path *fs.PathError
	var link *os.LinkError
	if !errors.As(err, &path) && !errors.As(err, &link) {
		return false // what servers and networks say has other types
	}
	for _, fault := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.ENOTDIR, syscall.EACCES, syscall.EPERM, syscall.EIO, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return false
}

func describe(o *pin.Origin) string {
	if o.Kind == pin.Git {
		return "git " + Redacted(o.URL)
	}
	return string(o.Kind) + " " + o.Files[0].Name()
}

// download brings an origin into the cache.
func (f *Fetcher) download(ctx context.Context, o *pin.Origin) error {
	if o.Kind == pin.Git {
		_, err := f.checkout(ctx, o)
		return err
	}
	_, err := f.files(ctx, o)
	return err
}

// tree writes the pruned tree of one origin to dst and proves it.
func (f *Fetcher) tree(ctx context.Context, c *pin.Component, o *pin.Origin, dst string) error {
	if err := os.MkdirAll(dst, 0o755); err != nil {
		return err
	}
	if err := f.write(ctx, o, dst); err != nil {
		return err
	}
	for _, p := range c.Prune {
		if err := os.RemoveAll(filepath.Join(dst, p)); err != nil {
			return err
		}
	}
	if err := contained(dst); err != nil {
		return err
	}
	if c.Tree == "" {
		return nil
	}
	got, err := digest.Tree(ctx, dst, nil)
	if err != nil {
		return err
	}
	if got != c.Tree {
		return errors.Join(fmt.Errorf("the tree is %w: expected digest %s, got %s", ErrMismatch, c.Tree, got), f.forget(o))
	}
	return nil
}

// write writes the whole tree of one origin to dst.
func (f *Fetcher) write(ctx context.Context, o *pin.Origin, dst string) error {
	if o.Kind == pin.Git {
		return f.writeGit(ctx, o, dst)
	}
	paths, err := f.files(ctx, o)
	if err != nil {
		return err
	}
	for i, file := range o.Files {
		if err := Unpack(ctx, paths[i], file.Name(), dst, file.Strip); err != nil {
			return errors.Join(fmt.Errorf("unpack %s: %w", file.Name(), err), f.forget(o))
		}
	}
	return nil
}

// files returns the paths of an origin's files in the cache, downloading those that are not there.
func (f *Fetcher) files(ctx context.Context, o *pin.Origin) ([]string, error) {
	var paths []string
	for _, file := range o.Files {
		path, err := f.file(ctx, o.Kind, file)
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// forget removes from the cache what of an origin has no proof but the tree, which has failed.
func (f *Fetcher) forget(o *pin.Origin) error {
	for _, file := range o.Files {
		if file.SHA256 == "" {
			if err := os.RemoveAll(f.place(file)); err != nil {
				return err
			}
		}
	}
	if o.Kind == pin.Git && o.Commit == "" {
		return os.RemoveAll(f.repository(o.URL, o.Ref))
	}
	return nil
}

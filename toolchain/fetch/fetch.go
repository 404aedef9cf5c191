// Package fetch brings pinned components onto the machine: from a mirror of the Debian archive, an
// upstream address or a git repository, whichever answers first, each verified.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// Progress is told of downloads.
type Progress interface {
	// Start is called with the size in bytes, or -1; the bytes are written to the result.
	Start(name string, total int64) io.WriteCloser
}

// Fetcher fetches components.
type Fetcher struct {
	Cache    string   // downloads are kept here, by digest
	Mirrors  []string // of the Debian archive, tried in order
	Progress Progress // may be nil
	Client   *http.Client
	Offline  bool // use only what is in Cache
}

// New returns a fetcher for this host: mirrors from apt's configuration, REX_OFFLINE=1 honoured.
func New(cache string, progress Progress) (*Fetcher, error) {
	mirrors, err := HostMirrors()
	if err != nil {
		return nil, err
	}
	return &Fetcher{Cache: cache, Mirrors: mirrors, Progress: progress, Client: newClient(), Offline: os.Getenv("REX_OFFLINE") == "1"}, nil
}

// Download makes sure that the files of some origin of the component are in the cache, and
// returns the origin. Repositories are only reached by Tree.
func (f *Fetcher) Download(ctx context.Context, c *pin.Component) (*pin.Origin, error) {
	return f.first(ctx, c, func(o *pin.Origin) error {
		_, err := f.files(ctx, o)
		return err
	})
}

// Tree writes the component's pruned tree to dst, which must not exist yet, and returns the
// origin it came from. An origin whose tree does not match the pinned digest counts as failed.
func (f *Fetcher) Tree(ctx context.Context, c *pin.Component, dst string) (*pin.Origin, error) {
	return f.first(ctx, c, func(o *pin.Origin) error {
		if err := f.tree(ctx, c, o, dst); err != nil {
			return errors.Join(err, os.RemoveAll(dst))
		}
		return nil
	})
}

// first tries the origins in order. The error, when none works, says what each of them said.
func (f *Fetcher) first(ctx context.Context, c *pin.Component, try func(*pin.Origin) error) (*pin.Origin, error) {
	var said []string
	for i := range c.Origins {
		o := &c.Origins[i]
		err := try(o)
		if err == nil {
			return o, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var full *os.PathError
		if errors.As(err, &full) {
			return nil, err // this machine's fault: another origin would not help
		}
		said = append(said, fmt.Sprintf("%s: %v", describe(o), err))
	}
	return nil, fmt.Errorf("cannot fetch %s %s; tried\n  %s", c.Name, c.Version, strings.Join(said, "\n  "))
}

func describe(o *pin.Origin) string {
	if o.Kind == pin.Git {
		return "git " + o.URL
	}
	return string(o.Kind) + " " + o.Files[0].Name()
}

func (f *Fetcher) tree(ctx context.Context, c *pin.Component, o *pin.Origin, dst string) error {
	if o.Kind == pin.Git {
		if f.Offline {
			return errOffline
		}
		if err := gitTree(ctx, o, dst, f.Progress); err != nil {
			return err
		}
	} else {
		paths, err := f.files(ctx, o)
		if err != nil {
			return err
		}
		for i, file := range o.Files {
			if err := Unpack(ctx, paths[i], file.Name(), dst, file.Strip); err != nil {
				return fmt.Errorf("unpack %s: %w", file.Name(), err)
			}
		}
	}
	for _, p := range c.Prune {
		if err := os.RemoveAll(filepath.Join(dst, p)); err != nil {
			return err
		}
	}
	if c.Tree == "" {
		return nil
	}
	got, err := digest.Tree(ctx, dst, nil)
	if err != nil {
		return err
	}
	if got != c.Tree {
		return fmt.Errorf("the tree's digest is %s, pinned is %s", got, c.Tree)
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

package fetch

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// go-git's own checkout can't be used, since it refuses names that Windows reserves, of which Linux has some.
// So the tree is written here, and every commit, tree and blob is hashed again on the way.

// write writes the checkout below dir of root.
func (c *checkout) write(ctx context.Context, root *os.Root, dir string) error {
	return (&treeWriter{ctx: ctx, root: root, base: dir, checkout: c}).write(c.tree, ".")
}

// treeWriter writes the objects of a commit and proves each by its name.
type treeWriter struct {
	ctx  context.Context
	root *os.Root
	base string // where in root the commit's own root is
	*checkout
}

func (w *treeWriter) write(tree *object.Tree, dir string) error {
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	if err := proveTree(tree); err != nil {
		return err
	}
	for _, e := range tree.Entries {
		if e.Name == "" || e.Name == "." || e.Name == ".." || e.Name == ".git" || path.Base(e.Name) != e.Name {
			return fmt.Errorf("the tree has an entry %q", e.Name)
		}
		within := path.Join(dir, e.Name)
		name := path.Join(w.base, within)
		switch e.Mode {
		case filemode.Dir:
			sub, err := w.repo.TreeObject(e.Hash)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err := w.root.Mkdir(name, 0o755); err != nil {
				return err
			}
			if err := w.write(sub, within); err != nil {
				return err
			}
		case filemode.Regular, filemode.Executable, filemode.Symlink:
			if err := w.blob(e, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case filemode.Submodule:
			if err := w.root.Mkdir(name, 0o755); err != nil {
				return err
			}
			if m := w.modules[within]; m != nil {
				if err := m.write(w.ctx, w.root, name); err != nil {
					return fmt.Errorf("submodule %w", err)
				}
			}
		default:
			return fmt.Errorf("%s has mode %s", name, e.Mode)
		}
	}
	return nil
}

// provePacks compares the packs of a repository and their indexes with the checksums that end them (gitformat-pack(5)).
func provePacks(dir string) error {
	packs, err := os.ReadDir(filepath.Join(dir, "objects", "pack"))
	if err != nil {
		return err
	}
	for _, p := range packs {
		if err := provePack(filepath.Join(dir, "objects", "pack", p.Name())); err != nil {
			return err
		}
	}
	return nil
}

func provePack(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := sha1.New()
	if _, err := io.Copy(h, io.LimitReader(f, info.Size()-sha1.Size)); err != nil {
		return err
	}
	if end, err := io.ReadAll(f); err != nil || !bytes.Equal(end, h.Sum(nil)) {
		return errors.Join(fmt.Errorf("%s is damaged", name), err)
	}
	return nil
}

// proveCommit compares the hash of a commit's content with the name it was asked by.
func proveCommit(repo *git.Repository, name plumbing.Hash) error {
	o, err := repo.Storer.EncodedObject(plumbing.CommitObject, name)
	if err != nil {
		return err
	}
	r, err := o.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha1.New()
	fmt.Fprintf(h, "commit %d\x00", o.Size())
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	return same("commit", name, h.Sum(nil))
}

// proveTree compares the hash of what was read with the name it was asked by.
func proveTree(tree *object.Tree) error {
	var o plumbing.MemoryObject
	if err := tree.Encode(&o); err != nil {
		return err
	}
	got := o.Hash()
	return same("tree", tree.Hash, got[:])
}

func same(kind string, name plumbing.Hash, sum []byte) error {
	if got := plumbing.Hash(sum); got != name {
		return fmt.Errorf("%s %s has content of hash %s", kind, name, got)
	}
	return nil
}

func (w *treeWriter) blob(e object.TreeEntry, name string) error {
	blob, err := w.repo.BlobObject(e.Hash)
	if err != nil {
		return err
	}
	r, err := blob.Reader()
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", blob.Size)
	if e.Mode == filemode.Symlink {
		link, err := io.ReadAll(io.LimitReader(r, 4096))
		if err != nil {
			return err
		}
		h.Write(link)
		if err := inside(name, string(link)); err != nil {
			return err
		}
		if err := w.root.Symlink(string(link), name); err != nil {
			return err
		}
		return same("blob", e.Hash, h.Sum(nil))
	}
	mode := os.FileMode(0o644)
	if e.Mode == filemode.Executable {
		mode = 0o755
	}
	f, err := w.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.MultiWriter(f, h), r)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return same("blob", e.Hash, h.Sum(nil))
}

package fetch

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"rex/toolchain/pin"
)

// gitTree writes the tree of one commit to dst. go-git fetches it, shallow and bare; its own checkout can't
// be used, since it refuses names that Windows reserves, of which Linux has some. So the tree is written
// here, and every blob and tree is hashed again on the way.
func gitTree(ctx context.Context, o *pin.Origin, dst string, progress Progress) error {
	dir, err := os.MkdirTemp(path.Dir(dst), ".git-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	repo, err := git.PlainInit(dir, true)
	if err != nil {
		return err
	}
	if _, err := repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{o.URL}}); err != nil {
		return err
	}
	what := o.Commit
	if what == "" {
		what = o.Ref
	}
	const local = plumbing.ReferenceName("refs/rex/pin")
	var bar io.WriteCloser
	if progress != nil {
		bar = progress.Start("git "+o.URL, -1)
		defer bar.Close()
	}
	err = repo.FetchContext(ctx, &git.FetchOptions{
		RefSpecs: []config.RefSpec{config.RefSpec("+" + what + ":" + string(local))},
		Depth:    1, Tags: git.NoTags,
	})
	if err != nil {
		return fmt.Errorf("%s of %s: %w", what, o.URL, err)
	}
	hash, err := repo.ResolveRevision(plumbing.Revision(local))
	if err != nil {
		return err
	}
	commit, err := repo.CommitObject(*hash)
	if err != nil {
		return err
	}
	if o.Commit != "" && commit.Hash.String() != o.Commit {
		return fmt.Errorf("%s gave commit %s, pinned is %s", o.URL, commit.Hash, o.Commit)
	}
	tree, err := commit.Tree()
	if err != nil {
		return err
	}
	if err := os.Mkdir(dst, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	w := &treeWriter{ctx: ctx, repo: repo, root: root, bar: bar}
	return w.write(tree, ".")
}

// treeWriter writes the objects of a commit and proves each by its name.
type treeWriter struct {
	ctx  context.Context
	repo *git.Repository
	root *os.Root
	bar  io.Writer
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
		name := path.Join(dir, e.Name)
		switch e.Mode {
		case filemode.Dir:
			sub, err := w.repo.TreeObject(e.Hash)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if err := w.root.Mkdir(name, 0o755); err != nil {
				return err
			}
			if err := w.write(sub, name); err != nil {
				return err
			}
		case filemode.Regular, filemode.Executable, filemode.Symlink:
			if err := w.blob(e, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case filemode.Submodule:
			// A commit of another repository: a component of its own.
			if err := w.root.Mkdir(name, 0o755); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s has mode %s", name, e.Mode)
		}
	}
	return nil
}

// proveTree compares the hash of what was read with the name it was asked by.
func proveTree(tree *object.Tree) error {
	var o plumbing.MemoryObject
	if err := tree.Encode(&o); err != nil {
		return err
	}
	if o.Hash() != tree.Hash {
		return fmt.Errorf("tree %s has content of hash %s", tree.Hash, o.Hash())
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
		if err := inside(name, string(link)); err != nil {
			return err
		}
		h.Write(link)
		if err := w.root.Symlink(string(link), name); err != nil {
			return err
		}
	} else {
		mode := os.FileMode(0o644)
		if e.Mode == filemode.Executable {
			mode = 0o755
		}
		f, err := w.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if err != nil {
			return err
		}
		out := io.MultiWriter(f, h)
		if w.bar != nil {
			out = io.MultiWriter(f, h, w.bar)
		}
		_, err = io.Copy(out, r)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	var got plumbing.Hash
	copy(got[:], h.Sum(nil))
	if got != e.Hash {
		return fmt.Errorf("blob %s has content of hash %s", e.Hash, got)
	}
	return nil
}

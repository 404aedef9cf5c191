package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

// Verdict is what became of one origin that was verified.
type Verdict struct {
	Component *pin.Component
	Origin    *pin.Origin
	Err       error // nil: it has what was pinned
}

// Mismatch tells an origin that has something else from one that does not answer.
func (v Verdict) Mismatch() bool { return errors.Is(v.Err, ErrMismatch) }

func (v Verdict) String() string {
	said := "ok"
	if v.Err != nil {
		said = v.Err.Error()
	}
	return fmt.Sprintf("%s %s, %s: %s", v.Component.Name, v.Component.Version, describe(v.Origin), Redacted(said))
}

// Verify fetches the component from each of its origins, not just from the first that works, and says which
// of them have what was pinned. What the cache holds is not downloaded again, but proved again. The error is
// of this machine, not of an origin.
func (f *Fetcher) Verify(ctx context.Context, c *pin.Component) ([]Verdict, error) {
	var verdicts []Verdict
	for i := range c.Origins {
		o := &c.Origins[i]
		err := f.verify(ctx, c, o)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if local(err) {
			return nil, err
		}
		verdicts = append(verdicts, Verdict{c, o, err})
	}
	return verdicts, nil
}

func (f *Fetcher) verify(ctx context.Context, c *pin.Component, o *pin.Origin) error {
	if err := f.download(ctx, o); err != nil {
		return err
	}
	return f.scratch(ctx, func(dst string) error { return f.tree(ctx, c, o, dst) })
}

// Prove reads what the cache has of downloads, removes what is not what its name says, and returns that.
func (f *Fetcher) Prove(ctx context.Context) (removed []string, err error) {
	list, err := os.ReadDir(f.Cache)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if ctx.Err() != nil {
			return removed, context.Cause(ctx)
		}
		path := filepath.Join(f.Cache, e.Name())
		switch {
		case digestForm.MatchString(e.Name()):
			got, err := digest.File(path)
			if err != nil {
				return removed, err
			}
			if got == e.Name() {
				continue
			}
		case repositoryForm.MatchString(e.Name()):
			if _, err := openCommit(path, ""); err == nil {
				continue
			}
		default:
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return removed, err
		}
		removed = append(removed, path)
	}
	return removed, nil
}

var (
	digestForm     = regexp.MustCompile(`^[0-9a-f]{64}$`)
	repositoryForm = regexp.MustCompile(`^git-[0-9a-f]{40}$`)
)

// scratch lends a folder in the cache, of which nothing stays, not even if the run is killed and another one follows.
func (f *Fetcher) scratch(ctx context.Context, work func(dir string) error) error {
	dir := filepath.Join(f.Cache, "scratch")
	p, err := openPart(ctx, dir+".part")
	if err != nil {
		return err
	}
	defer p.Close()
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return errors.Join(work(dir), os.RemoveAll(dir), os.Remove(p.Name()))
}

// Measure returns the component with the digests and sizes that its files have now, whatever is pinned. Each
// file comes from the network. Origins that do not answer stay as they are and are said so in the list;
// it is an error if none answers. The tree digest is that of the first origin with files. Nothing vouches for
// what comes but the connection: the result is for a person to review.
func (f *Fetcher) Measure(ctx context.Context, c *pin.Component) (*pin.Component, []Verdict, error) {
	now := *c
	now.Origins = slices.Clone(c.Origins)
	var verdicts []Verdict
	answered := false
	for i := range now.Origins {
		o := &now.Origins[i]
		if o.Kind == pin.Git {
			continue // a commit is chosen, not measured
		}
		bare := *o
		bare.Files = slices.Clone(o.Files)
		for k := range bare.Files {
			bare.Files[k].SHA256, bare.Files[k].Size = "", 0
		}
		err := f.forget(&bare)
		if err == nil {
			err = f.measure(ctx, &now, &bare, !answered && c.Tree != "")
		}
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if local(err) {
			return nil, nil, err
		}
		verdicts = append(verdicts, Verdict{c, &c.Origins[i], err})
		if err == nil {
			*o, answered = bare, true
		}
	}
	if !answered {
		var said []string
		for _, v := range verdicts {
			said = append(said, v.String())
		}
		return nil, nil, fmt.Errorf("no origin of %s %s answers:\n  %s", c.Name, c.Version, strings.Join(said, "\n  "))
	}
	return &now, verdicts, nil
}

// measure fills in what an origin's files are, and c.Tree if it is wanted.
func (f *Fetcher) measure(ctx context.Context, c *pin.Component, o *pin.Origin, tree bool) error {
	paths, err := f.files(ctx, o)
	if err != nil {
		return err
	}
	if tree {
		err := f.scratch(ctx, func(dst string) error {
			unproved := *c
			unproved.Tree = ""
			if err := f.tree(ctx, &unproved, o, dst); err != nil {
				return err
			}
			var err error
			c.Tree, err = digest.Tree(ctx, dst, nil)
			return err
		})
		if err != nil {
			return err
		}
	}
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		sum, err := digest.File(path)
		if err != nil {
			return err
		}
		o.Files[i].SHA256, o.Files[i].Size = sum, info.Size()
		// From now on it has its proof.
		if err := os.Rename(path, f.place(o.Files[i])); err != nil {
			return err
		}
	}
	return nil
}

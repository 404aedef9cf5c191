// Package bisect finds the commit of a checkout since which something fails, as git-bisect(1) does along first parents, with the build
// graph's results and go-git in the place of a script: neither git nor a clean work tree is needed.
package bisect

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Outcome is what came of trying a commit.
type Outcome int

// Outcomes. What was not built is neither good nor bad.
const (
	Good Outcome = iota
	Bad
	Untried
)

func (o Outcome) String() string { return [...]string{"passes", "fails", "was not built"}[o] }

// Bisect is a search.
type Bisect struct {
	Root string // of the checkout
	Dir  string // where commits are checked out; whatever is there goes
	// Try tells how what is in Dir does.
	Try func(context.Context) (Outcome, error)
	// Say is told of each commit that was tried.
	Say func(commit *object.Commit, outcome Outcome, left int)
}

// Run returns the first bad one of the commits after good, up to bad; more than one if those between were not built.
func (b *Bisect) Run(ctx context.Context, good, bad string) ([]*object.Commit, error) {
	commits, err := b.commits(good, bad)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(b.Dir); err != nil {
		return nil, err
	}
	repo, err := git.PlainCloneContext(ctx, b.Dir, false, &git.CloneOptions{URL: b.Root, NoCheckout: true, Tags: git.NoTags})
	if err != nil {
		return nil, fmt.Errorf("clone of %s: %w", b.Root, err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		return nil, err
	}
	return search(commits, func(c *object.Commit) string { return c.Hash.String()[:12] }, func(commit *object.Commit, left int) (Outcome, error) {
		if err := tree.Checkout(&git.CheckoutOptions{Hash: commit.Hash, Force: true}); err != nil {
			return 0, fmt.Errorf("checkout of %s: %w", commit.Hash, err)
		}
		outcome, err := b.Try(ctx)
		if err == nil {
			b.Say(commit, outcome, left)
		}
		return outcome, err
	})
}

// commits are those from good to bad, along first parents.
func (b *Bisect) commits(good, bad string) ([]*object.Commit, error) {
	repo, err := git.PlainOpen(b.Root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; bisect walks the commits of a clone", b.Root, err)
	}
	ends := map[string]*object.Commit{}
	for _, name := range []string{good, bad} {
		hash, err := repo.ResolveRevision(plumbing.Revision(name))
		if err != nil {
			return nil, fmt.Errorf("revision %s: %w", name, err)
		}
		if ends[name], err = repo.CommitObject(*hash); err != nil {
			return nil, fmt.Errorf("revision %s: %w", name, err)
		}
	}
	var commits []*object.Commit
	for at := ends[bad]; ; {
		commits = append([]*object.Commit{at}, commits...)
		if at.Hash == ends[good].Hash {
			break
		}
		at, err = at.Parent(0)
		if errors.Is(err, object.ErrParentNotFound) || errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, fmt.Errorf("%s is not among the first parents of %s; name one that is", good, bad)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(commits) < 2 {
		return nil, fmt.Errorf("%s and %s are one commit; good is one that passed, before it", good, bad)
	}
	return commits, nil
}

// search tries the ends, which have to be as they were said to be, and halves what lies between.
func search[C any](commits []C, name func(C) string, try func(commit C, left int) (Outcome, error)) ([]C, error) {
	outcomes := make([]Outcome, len(commits))
	good, bad := 0, len(commits)-1
	for _, end := range []struct {
		at   int
		want Outcome
	}{{bad, Bad}, {good, Good}} {
		got, err := try(commits[end.at], bad-good-1)
		if err != nil {
			return nil, err
		}
		if got != end.want {
			return nil, fmt.Errorf("%s %s, and a search needs one that %s there", name(commits[end.at]), got, end.want)
		}
	}
	for {
		// The one nearest to the middle that has not been tried in vain.
		middle, at := (good+bad)/2, -1
		for i := good + 1; i < bad; i++ {
			if outcomes[i] != Untried && (at < 0 || distance(i, middle) < distance(at, middle)) {
				at = i
			}
		}
		if at < 0 {
			return commits[good+1 : bad+1], nil
		}
		outcome, err := try(commits[at], bad-good-2)
		if err != nil {
			return nil, err
		}
		switch outcome {
		case Good:
			good = at
		case Bad:
			bad = at
		default:
			outcomes[at] = Untried
		}
	}
}

func distance(a, b int) int { return max(a-b, b-a) }

package bisect

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"
)

func TestSearch(t *testing.T) {
	for _, test := range []struct {
		outcomes string // of commits: g, b, and - for one that was not built
		want     []int
		tries    int // at most, beside the ends
	}{
		{"gb", []int{1}, 0},
		{"gbbbbbbb", []int{1}, 3},
		{"gggggggb", []int{7}, 3},
		{"gggbbbbbbbbbbbbb", []int{3}, 4},
		{"g---b", []int{1, 2, 3, 4}, 3},
		{"gg--bb", []int{2, 3, 4}, 4},
		{"g-gb", []int{3}, 2},
	} {
		var commits []int
		for i := range test.outcomes {
			commits = append(commits, i)
		}
		tries := -2
		got, err := search(commits, strconv.Itoa, func(i, _ int) (Outcome, error) {
			tries++
			return Outcome(strings.IndexByte("gb-", test.outcomes[i])), nil
		})
		if err != nil || !slices.Equal(got, test.want) || tries > test.tries {
			t.Errorf("%s: got %v, %v after %d tries; want %v after %d", test.outcomes, got, err, tries, test.want, test.tries)
		}
	}
	for outcomes, want := range map[string]string{"gg": "1 passes", "bb": "0 fails", "g-": "1 was not built"} {
		_, err := search([]int{0, 1}, strconv.Itoa, func(i, _ int) (Outcome, error) { return Outcome(strings.IndexByte("gb-", outcomes[i])), nil })
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v; want %s", outcomes, err, want)
		}
	}
}

// A real repository, with a change that nobody has committed.
func TestRun(t *testing.T) {
	root := t.TempDir()
	repo, err := git.PlainInit(root, false)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "state")
	var hashes []string
	for _, state := range []string{"good", "good, too", "broken", "still broken"} {
		if err := os.WriteFile(file, []byte(state), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Add("state"); err != nil {
			t.Fatal(err)
		}
		hash, err := tree.Commit(state, &git.CommitOptions{Author: &object.Signature{Name: "A", Email: "a@example.org", When: time.Unix(1, 0)}})
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash.String())
	}
	if err := os.WriteFile(file, []byte("not committed"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tree")
	var said []string
	b := &Bisect{Root: root, Dir: dir, Try: func(context.Context) (Outcome, error) {
		text, err := os.ReadFile(filepath.Join(dir, "state"))
		if strings.Contains(string(text), "broken") {
			return Bad, err
		}
		return Good, err
	}, Say: func(c *object.Commit, o Outcome, _ int) { said = append(said, c.Message+" "+o.String()) }}
	for range 2 { // what the first has left is not in the second's way
		first, err := b.Run(t.Context(), "HEAD~3", "HEAD")
		if err != nil || len(first) != 1 || first[0].Hash.String() != hashes[2] {
			t.Fatalf("got %v, %v", first, err)
		}
	}
	if !slices.Contains(said, "good, too passes") || !slices.Contains(said, "broken fails") {
		t.Errorf("said %q", said)
	}
	if text, err := os.ReadFile(file); string(text) != "not committed" {
		t.Errorf("the work tree has %q, %v", text, err)
	}
	for good, want := range map[string]string{"HEAD": "one commit", "nothing": "revision nothing", hashes[3]: "one commit"} {
		if _, err := b.Run(t.Context(), good, "HEAD"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", good, err, want)
		}
	}
	if _, err := b.Run(t.Context(), "HEAD", "HEAD~2"); err == nil || !strings.Contains(err.Error(), "first parents") {
		t.Errorf("%v", err)
	}
}

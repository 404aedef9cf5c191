package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rex/toolchain/digest"
)

// trim trims to n times the first entry's size.
func trim(t *testing.T, s *Store, n int64) {
	t.Helper()
	all, err := s.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Trim(t.Context(), n*all[0].Bytes, 0); err != nil {
		t.Fatal(err)
	}
}

func TestTrimKeepsWhatWasUsedLast(t *testing.T) {
	s := open(t)
	for _, k := range []string{"1", "2", "3"} {
		commit(t, s, "kernel", digest.String(k), k)
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := s.Get("kernel", digest.String("1")); err != nil {
		t.Fatal(err)
	}
	free(t, s)
	trim(t, s, 2)
	if got := keys(t, s, "kernel"); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("left are %v; want 1, which was used last, and 3", got)
	}
}

func TestTrimLeavesWhatIsInUse(t *testing.T) {
	s := open(t)
	for _, k := range []string{"1", "2", "3"} {
		commit(t, s, "kernel", digest.String(k), k)
	}
	free(t, s)
	// Another process.
	reader, err := Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	r, err := reader.Get("kernel", digest.String("1"))
	if err != nil {
		t.Fatal(err)
	}
	trim(t, s, 0)
	if got := keys(t, s, "kernel"); !slices.Equal(got, []string{"1"}) {
		t.Fatalf("left are %v; want 1, which is in use", got)
	}
	free(t, reader)
	if removed, err := s.Remove(r); err != nil || !removed {
		t.Errorf("nobody uses it, and it was not removed: %v", err)
	}
	if _, err := s.Get("kernel", digest.String("1")); !errors.Is(err, ErrAbsent) {
		t.Errorf("got %v; want ErrAbsent", err)
	}
}

func TestClockThatWasWrongKeepsNothing(t *testing.T) {
	s := open(t)
	future := commit(t, s, "kernel", digest.String("future"), "future")
	later := time.Now().AddDate(70, 0, 0)
	if err := os.Chtimes(filepath.Join(filepath.Dir(future.Dir), manifestFile), later, later); err != nil {
		t.Fatal(err)
	}
	commit(t, s, "kernel", digest.String("now"), "now")
	free(t, s)
	trim(t, s, 1)
	if got := keys(t, s, "kernel"); !slices.Equal(got, []string{"now"}) {
		t.Errorf("left are %v; want now", got)
	}
}

// What a checkout's build/ leads to stays, until the checkout is gone.
func TestTrimLeavesWhatACheckoutLinksTo(t *testing.T) {
	s, checkout := open(t), t.TempDir()
	old := commit(t, s, "kernel", digest.String("old"), "old")
	commit(t, s, "kernel", digest.String("new"), "new")
	free(t, s)
	build := filepath.Join(checkout, "build")
	if err := errors.Join(os.Mkdir(build, 0o755), os.Symlink(old.Dir, filepath.Join(build, "kernel")), s.Remember(checkout), s.Remember(checkout)); err != nil {
		t.Fatal(err)
	}
	trim(t, s, 0)
	if got := keys(t, s, "kernel"); !slices.Equal(got, []string{"old"}) {
		t.Fatalf("left are %v; want old, which a checkout links to", got)
	}
	if all, err := s.Entries(t.Context()); err != nil || len(all) != 1 || !slices.Equal(all[0].Links, []string{checkout}) {
		t.Errorf("entries are %v, %v; want one that names the checkout", all, err)
	}
	if err := os.RemoveAll(checkout); err != nil {
		t.Fatal(err)
	}
	trim(t, s, 0)
	if got := keys(t, s, "kernel"); len(got) != 0 {
		t.Errorf("left are %v; want none, as the checkout is gone", got)
	}
	if left, err := os.ReadDir(filepath.Join(s.Dir(), "checkouts")); err != nil || len(left) != 0 {
		t.Errorf("checkouts that are gone are still known: %v, %v", left, err)
	}
}

// Workspaces go when nobody works there, downloads when they are not of today.
func TestTrimWorkspacesAndDownloads(t *testing.T) {
	s := open(t)
	for _, name := range []string{"idle", "busy"} {
		dir, err := s.Workspace(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "object"), make([]byte, 100000), 0o444), s.CloseWorkspace(t.Context(), name)); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := s.LockWorkspace(t.Context(), "busy")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	downloads := filepath.Join(s.Dir(), "downloads")
	past := time.Now().Add(-48 * time.Hour)
	if err := os.Mkdir(downloads, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old", "new"} {
		if err := os.WriteFile(filepath.Join(downloads, name), make([]byte, 100000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(downloads, "old"), past, past); err != nil {
		t.Fatal(err)
	}
	removed, err := s.Trim(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range removed {
		names = append(names, e.Name)
		if e.Bytes < 100000 || e.Bytes > 200000 {
			t.Errorf("%s took %d bytes; want about 100000", e.Name, e.Bytes)
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"idle", "old"}) {
		t.Errorf("removed are %v; want the workspace where nobody works, and the old download", names)
	}
	for _, gone := range []string{"work/idle", "downloads/old"} {
		if _, err := os.Stat(filepath.Join(s.Dir(), gone)); !os.IsNotExist(err) {
			t.Errorf("%s is still there", gone)
		}
	}
}

// Room on the disk counts as well as the budget.
func TestTrimMakesRoom(t *testing.T) {
	s := open(t)
	commit(t, s, "kernel", digest.String("1"), "1")
	free(t, s)
	if removed, err := s.Trim(t.Context(), 1<<60, 1); err != nil || len(removed) != 0 {
		t.Errorf("with room enough it removed %v, %v", removed, err)
	}
	if removed, err := s.Trim(t.Context(), 1<<60, 1<<60); err != nil || len(removed) != 1 {
		t.Errorf("without room it removed %v, %v; want all", removed, err)
	}
}

func TestBudget(t *testing.T) {
	s := open(t)
	whole, err := s.Budget("100%")
	if err != nil || whole < 1<<20 {
		t.Fatalf("the disk has %d bytes, %v", whole, err)
	}
	for text, want := range map[string]int64{"": whole / 4, "50%": whole / 2, "1000": 1000, "2K": 2 << 10, "1.5G": 3 << 29, "1T": 1 << 40} {
		if got, err := s.Budget(text); err != nil || got/2 != want/2 {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "-1G", "G", "%", "101%", "0%", "40GB", "lots", "NaN", "1e30T", " 1G"} {
		if got, err := s.Budget(text); err == nil {
			t.Errorf("%q: got %d; want an error", text, got)
		}
	}
}

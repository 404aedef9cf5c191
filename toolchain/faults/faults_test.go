package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// all tells whether everything is asked for, and not the short form.
func all() bool { return os.Getenv("REX_FAULTS") == "all" }

// often is how often something is tried.
func often(long, short int) int {
	if all() {
		return long
	}
	return short
}

// A process that is killed at any moment loses nothing that it had finished, and the next one is right.
func TestKill(t *testing.T) {
	g := newGround(t)
	// The time that a run takes bounds the moments.
	whole := time.Hour
	for range 3 {
		cache, start := g.cache(t), time.Now()
		if _, err := g.start(cache, nil, "b").wait(); err != nil {
			t.Fatal(err)
		}
		whole = min(whole, time.Since(start))
	}
	kills, died := often(200, 12), 0
	for i := range kills {
		cache := g.cache(t)
		moment := time.Duration(rand.Float64() * float64(whole) * 1.1)
		p := g.start(cache, nil, "b")
		time.Sleep(moment)
		_ = p.Process.Kill()
		if _, err := p.wait(); err != nil {
			died++
		}
		if err := g.recovered(cache); err != nil {
			t.Fatalf("kill %d, after %s: %v", i, moment, err)
		}
		if err := os.RemoveAll(cache); err != nil {
			t.Fatal(err)
		}
	}
	if died < kills/2 {
		t.Errorf("only %d of %d kills came before the end", died, kills)
	}
	t.Logf("%d kills within %s, %d of them before the end: nothing was lost", kills, whole.Round(time.Millisecond), died)
}

// Every operation on a file of the cache fails once, in each way. The run says so or does without; nothing is lost, and the next one
// is right.
func TestFileOperations(t *testing.T) {
	g := newGround(t)
	counter := &supervisor{below: g.cache(t)}
	if _, err := g.start(counter.below, counter, "b").wait(); err != nil {
		t.Skipf("skipped: this machine has no seccomp notifications: %v", err)
	}
	if counter.count < 100 {
		t.Fatalf("%d operations were seen; want hundreds", counter.count)
	}
	var mu sync.Mutex
	tried, survived, failed := 0, 0, map[string]int{}
	var trials errgroup.Group
	trials.SetLimit(2 * runtime.NumCPU())
	for n := 1; n <= counter.count; n += often(1, counter.count/8) {
		for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EACCES} {
			trials.Go(func() error {
				cache := g.cache(t)
				defer os.RemoveAll(cache)
				s := &supervisor{below: cache, nth: n, errno: errno}
				_, err := g.start(cache, s, "b").wait()
				if s.failed == "" {
					return nil // this run had fewer
				}
				what := fmt.Sprintf("operation %d, %s: %v", n, s.failed, errno)
				if errors.Is(err, errDied) {
					t.Errorf("%s: %v", what, err)
				}
				if err := g.recovered(cache); err != nil {
					t.Errorf("%s: %v", what, err)
				}
				mu.Lock()
				defer mu.Unlock()
				tried++
				call, _, _ := strings.Cut(s.failed, " ")
				failed[call]++
				if err == nil {
					survived++
				}
				return nil
			})
		}
	}
	if err := trials.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d operations, %d failures: %d runs did without, %d said so; by call: %v", counter.count, tried, survived, tried-survived, failed)
}

// Every file of the cache is cut, has a bit flipped, or goes, one after the other: but for workspaces, in which it is build tools that
// decide what is up to date, by time.
func TestDamage(t *testing.T) {
	g := newGround(t)
	var files []string
	err := filepath.WalkDir(g.Cache, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(g.Cache, path)
		if err == nil && d.Type().IsRegular() && !strings.HasPrefix(rel, "work/") {
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for i := 0; i < len(files); i += often(1, len(files)/6) {
		for name, damage := range map[string]func(path string) error{
			"cut":     func(path string) error { return os.Truncate(path, 0) },
			"flipped": flip,
			"gone":    os.Remove,
		} {
			cache := g.cache(t)
			path := filepath.Join(cache, files[i])
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			tried++
			if err := g.rebuilt(cache); err != nil {
				t.Errorf("%s %s: %v", files[i], name, err)
			}
			if err := os.RemoveAll(cache); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d files, damaged %d times", len(files), tried)
}

// flip flips a bit in the middle of a file, if it has one.
func flip(path string) error {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return err
	}
	text[len(text)/2] ^= 1
	return os.WriteFile(path, text, 0o644)
}

// rebuilt looks whether runs are right after something in the cache was damaged: of another variant, which needs some of it, and of
// the same.
func (g *ground) rebuilt(cache string) error {
	out, err := g.start(cache, nil, "b", "a").wait()
	if err != nil {
		return err
	}
	return g.right(out, "b", "a")
}

// Several processes at once, on one cache, with the same and with different variants, some of which are killed.
func TestRaces(t *testing.T) {
	g := newGround(t)
	rounds := often(20, 2)
	for round := range rounds {
		cache := g.cache(t)
		var wg sync.WaitGroup
		faults := make([]error, 6)
		for i := range faults {
			wg.Go(func() {
				variants := [][]string{{"a"}, {"b"}, {"b", "a"}, {"a", "b"}, {"b"}, {"b"}}[i]
				p := g.start(cache, nil, variants...)
				if i >= 4 {
					time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
					_ = p.Process.Kill()
					_, _ = p.wait()
					return
				}
				out, err := p.wait()
				faults[i] = errors.Join(err, g.right(out, variants...))
			})
		}
		wg.Wait()
		if err := errors.Join(faults...); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := g.recovered(cache); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := os.RemoveAll(cache); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rounds of 6 processes, 2 of them killed", rounds)
}

// Cancelled in each stage, from within and by a signal.
func TestCancel(t *testing.T) {
	g := newGround(t)
	for _, name := range []string{"source", "object", "library", "bundle"} {
		cache := g.cache(t)
		o := g.order
		o.Cache, o.Variants, o.Stop = cache, []string{"b"}, name
		if _, err := launch(o, nil).wait(); err == nil || errors.Is(err, errDied) || !strings.Contains(err.Error(), "stopped; what it had done is kept") {
			t.Errorf("cancelled in %s: got %v; want that it was stopped", name, err)
		}
		if err := g.recovered(cache); err != nil {
			t.Errorf("cancelled in %s: %v", name, err)
		}
	}
	for range often(20, 3) {
		cache := g.cache(t)
		p := g.start(cache, nil, "b")
		moment := time.Duration(rand.IntN(200)) * time.Millisecond
		time.Sleep(moment)
		_ = p.Process.Signal(syscall.SIGTERM)
		_, _ = p.wait()
		if err := g.recovered(cache); err != nil {
			t.Errorf("SIGTERM after %s: %v", moment, err)
		}
	}
}

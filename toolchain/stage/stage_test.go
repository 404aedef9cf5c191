package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rex/toolchain/digest"
	"rex/toolchain/jobserver"
	"rex/toolchain/store"
)

// journal is an Observer that remembers.
type journal struct {
	mu    sync.Mutex
	built []string
}

func (j *journal) Waiting(*Stage, string) {}
func (j *journal) Building(s *Stage, reason string) io.Writer {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.built = append(j.built, s.Name+": "+reason)
	return io.Discard
}
func (j *journal) Done(*Stage, time.Duration, error) {}
func (j *journal) Starved(s *Stage, jobs int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.built = append(j.built, fmt.Sprintf("%s: with %d jobs", s.Name, jobs))
}
func (j *journal) Damaged(stage, _ string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.built = append(j.built, stage+": damaged")
}

func (j *journal) take() []string {
	built := j.built
	j.built = nil
	slices.Sort(built)
	return built
}

func runner(t *testing.T) (*Runner, *journal) {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pool, err := jobserver.New(4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	j := &journal{}
	return &Runner{Store: s, Pool: pool, Observer: j}, j
}

// chain is source -> kernel, source -> tools; the value of source decides what both see.
func chain(value *string) (source, kernel, tools *Stage) {
	copyOf := func(b *Build, s *Stage) error {
		data, err := os.ReadFile(filepath.Join(b.Need(s), "value"))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(b.Out, "value"), data, 0o644)
	}
	source = &Stage{
		Name:   "source",
		Inputs: func(_ context.Context, in *Inputs) error { in.Value("value", *value); return nil },
		Build: func(_ context.Context, b *Build) error {
			// Only the first letter comes through.
			return os.WriteFile(filepath.Join(b.Out, "value"), []byte((*value)[:1]), 0o644)
		},
	}
	kernel = &Stage{Name: "kernel", Needs: []*Stage{source}, Build: func(_ context.Context, b *Build) error { return copyOf(b, source) }}
	tools = &Stage{Name: "tools", Needs: []*Stage{source}, Build: func(_ context.Context, b *Build) error { return copyOf(b, source) }}
	return source, kernel, tools
}

func TestRunBuildsOnlyWhatChanged(t *testing.T) {
	r, j := runner(t)
	value := "a1"
	_, kernel, tools := chain(&value)
	steps := []struct {
		name, value string
		want        []string
	}{
		{"cold", "a1", []string{"kernel: first build", "source: first build", "tools: first build"}},
		{"warm", "a1", nil},
		{"same output stops the wave", "a2", []string{"source: changed: value"}},
		{"new output goes through", "b1", []string{"kernel: changed: result of source", "source: changed: value", "tools: changed: result of source"}},
		{"back to what is kept", "a2", nil},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			value = step.value
			results, err := r.Run(t.Context(), kernel, tools)
			if err != nil {
				t.Fatal(err)
			}
			if got := j.take(); !slices.Equal(got, step.want) {
				t.Errorf("built %q; want %q", got, step.want)
			}
			if b, _ := os.ReadFile(filepath.Join(results["kernel"].Dir, "value")); string(b) != value[:1] {
				t.Errorf("kernel holds %q; want %q", b, value[:1])
			}
		})
	}
}

func TestIndependentStagesRunSideBySide(t *testing.T) {
	r, _ := runner(t)
	var meet sync.WaitGroup
	meet.Add(2)
	build := func(ctx context.Context, b *Build) error {
		meet.Done()
		met := make(chan struct{})
		go func() { meet.Wait(); close(met) }()
		select {
		case <-met:
			return nil
		case <-time.After(10 * time.Second):
			return errors.New("the other stage did not start")
		}
	}
	if _, err := r.Run(t.Context(), &Stage{Name: "a", Build: build}, &Stage{Name: "b", Build: build}); err != nil {
		t.Fatal(err)
	}
}

func TestFailureNamesStageAndLeavesNoResult(t *testing.T) {
	r, _ := runner(t)
	broken := &Stage{Name: "broken", Build: func(_ context.Context, b *Build) error {
		_ = os.WriteFile(filepath.Join(b.Out, "half"), nil, 0o644)
		return errors.New("no such header")
	}}
	tried := false
	after := &Stage{Name: "after", Needs: []*Stage{broken}, Build: func(context.Context, *Build) error { tried = true; return nil }}
	_, err := r.Run(t.Context(), after)
	if err == nil || err.Error() != "stage broken: no such header" {
		t.Errorf("got %v; want the failed stage and its reason", err)
	}
	if tried {
		t.Error("a stage ran although one that it needs had failed")
	}
	if rs, _ := r.Store.Results("broken"); len(rs) != 0 {
		t.Errorf("a failed stage left a result: %v", rs)
	}
}

func TestFailureTakesNoResultAway(t *testing.T) {
	r, j := runner(t)
	value := ""
	s := &Stage{
		Name:   "kernel",
		Inputs: func(_ context.Context, in *Inputs) error { in.Value("value", value); return nil },
		Build: func(context.Context, *Build) error {
			if value == "bad" {
				return errors.New("does not compile")
			}
			return nil
		},
	}
	for _, value = range []string{"a", "b", "bad", "bad"} {
		if _, err := r.Run(t.Context(), s); (err != nil) != (value == "bad") {
			t.Fatalf("%s: %v", value, err)
		}
		// The next one is another process.
		if err := r.Store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j.take()
	for _, value = range []string{"a", "b"} {
		if _, err := r.Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if built := j.take(); len(built) != 0 {
		t.Errorf("%v were built again", built)
	}
}

func TestCancelIsToldFromFailure(t *testing.T) {
	r, _ := runner(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := &Stage{Name: "slow", Build: func(ctx context.Context, b *Build) error { cancel(); <-ctx.Done(); return ctx.Err() }}
	_, err := r.Run(ctx, slow)
	var e *Error
	if !errors.As(err, &e) || !e.Cancelled || !strings.Contains(err.Error(), "carries on") {
		t.Errorf("got %v; want a stop that says that the next run carries on", err)
	}
}

// The stage that failed is named, not the one that was stopped because of it.
func TestFirstFailureWins(t *testing.T) {
	r, _ := runner(t)
	started := make(chan struct{})
	a := &Stage{Name: "a", Build: func(ctx context.Context, b *Build) error { close(started); <-ctx.Done(); return ctx.Err() }}
	z := &Stage{Name: "z", Build: func(context.Context, *Build) error { <-started; return errors.New("broken") }}
	if _, err := r.Run(t.Context(), a, z); err == nil || err.Error() != "stage z: broken" {
		t.Errorf("got %v; want stage z: broken", err)
	}
}

func TestWhy(t *testing.T) {
	r, _ := runner(t)
	value := "a1"
	source, kernel, _ := chain(&value)
	e, err := r.Why(t.Context(), kernel)
	if err != nil || e.Result != nil || len(e.Missing) != 1 || e.Missing[0] != source {
		t.Fatalf("cold: %+v, %v; want source missing", e, err)
	}
	if _, err := r.Run(t.Context(), kernel); err != nil {
		t.Fatal(err)
	}
	if e, err = r.Why(t.Context(), kernel); err != nil || e.Result == nil {
		t.Fatalf("warm: %+v, %v; want a result", e, err)
	}
	value = "b1"
	e, err = r.Why(t.Context(), source)
	if err != nil || len(e.Changes) != 1 || e.Changes[0].String() != "value changed from a1 to b1" {
		t.Errorf("changed: %+v, %v; want the value's change", e, err)
	}
}

func TestBeforeCanRefuse(t *testing.T) {
	r, j := runner(t)
	value := "a"
	_, kernel, _ := chain(&value)
	r.Before = func(_ context.Context, missing []*Stage) error {
		if len(missing) != 2 {
			t.Errorf("missing %d stages; want 2", len(missing))
		}
		return errors.New("no room")
	}
	if _, err := r.Run(t.Context(), kernel); err == nil || len(j.take()) != 0 {
		t.Errorf("got %v; want a refusal before anything is built", err)
	}
}

// What Outside brings may settle an input: the result lies under the key that says so, and one that is there is taken.
func TestOutsideSettlesAnInput(t *testing.T) {
	r, j := runner(t)
	mirror, chosen := "a", "unknown"
	source := &Stage{
		Name:    "source",
		Inputs:  func(_ context.Context, in *Inputs) error { in.Value("origin", chosen); return nil },
		Outside: func(context.Context) (map[string]string, error) { chosen = mirror; return nil, nil },
		Build: func(_ context.Context, b *Build) error {
			return os.WriteFile(filepath.Join(b.Out, "value"), []byte(chosen), 0o644)
		},
	}
	for _, step := range []struct {
		name, chosen, mirror, want string
		built                      int
	}{
		{"nothing is known", "unknown", "a", "a", 1},
		{"it is known", "a", "b", "a", 0},
		{"forgotten, and another one", "unknown", "b", "b", 1},
		{"forgotten, and the first one", "unknown", "a", "a", 1}, // asked for, and then found
	} {
		chosen, mirror = step.chosen, step.mirror
		results, err := r.Run(t.Context(), source)
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		got, err := os.ReadFile(filepath.Join(results["source"].Dir, "value"))
		origin := results["source"].Inputs[0].Value // before "recipe"
		if err != nil || string(got) != step.want || origin != step.want || len(j.take()) != step.built {
			t.Errorf("%s: got %q, %v of origin %s; want %q", step.name, got, err, origin, step.want)
		}
	}
	if all, err := r.Store.Results("source"); err != nil || len(all) != 2 {
		t.Errorf("got %d results, %v; want one for each origin", len(all), err)
	}
}

// A result that somebody has changed is not used, neither by a stage that needs it nor by whoever has asked for it.
func TestDamagedResultIsBuiltAgain(t *testing.T) {
	r, j := runner(t)
	value := "a"
	source, kernel, _ := chain(&value)
	results, err := r.Run(t.Context(), kernel)
	if err != nil {
		t.Fatal(err)
	}
	j.take()
	spoil := func(s *Stage) {
		t.Helper()
		file := filepath.Join(results[s.Name].Dir, "value")
		if err := errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, []byte("EVIL"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want ...string) {
		t.Helper()
		results, err := r.Run(t.Context(), kernel)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := j.take(); !slices.Equal(got, want) {
			t.Errorf("%s: built %q; want %q", what, got, want)
		}
		if b, err := os.ReadFile(filepath.Join(results["kernel"].Dir, "value")); err != nil || string(b) != "a" {
			t.Errorf("%s: the kernel holds %q, %v", what, b, err)
		}
	}
	spoil(kernel)
	check("asked for", "kernel: damaged", "kernel: first build")
	spoil(source)
	check("needed by nothing that is built")
	spoil(kernel)
	check("needed", "kernel: damaged", "kernel: first build", "source: damaged", "source: first build")
}

// Again leaves the result alone and shows what differs; what it needs is what the store has.
func TestAgain(t *testing.T) {
	r, j := runner(t)
	value, builds := "a", 0
	source, _, _ := chain(&value)
	odd := &Stage{Name: "odd", Needs: []*Stage{source}, Build: func(_ context.Context, b *Build) error {
		builds++
		if left, err := filepath.Glob(filepath.Join(b.Workspace, "object")); err != nil || len(left) > 0 {
			return errors.Join(err, errors.New("the workspace is not empty"))
		}
		if err := os.WriteFile(filepath.Join(b.Workspace, "object"), nil, 0o644); err != nil {
			return err
		}
		data, err := os.ReadFile(filepath.Join(b.Need(source), "value"))
		return errors.Join(err, os.WriteFile(filepath.Join(b.Out, "value"), append(data, byte('0'+builds)), 0o644), os.WriteFile(b.Log, nil, 0o644))
	}}
	var got []string
	err := r.Again(t.Context(), odd, func(first *store.Result, second string) error {
		for _, dir := range []string{first.Dir, second} {
			b, err := os.ReadFile(filepath.Join(dir, "value"))
			if err != nil {
				return err
			}
			got = append(got, string(b))
		}
		return nil
	})
	if err != nil || !slices.Equal(got, []string{"a1", "a2"}) {
		t.Errorf("got %q, %v; want a1 and a2", got, err)
	}
	if built, want := j.take(), []string{"odd: first build", "odd: once more", "source: first build"}; !slices.Equal(built, want) {
		t.Errorf("built %q; want %q", built, want)
	}
	if left, err := os.ReadDir(filepath.Join(r.Store.Dir(), "drafts")); err != nil || len(left) > 0 {
		t.Errorf("left among the drafts: %v, %v", left, err)
	}
	if results, err := r.Run(t.Context(), odd); err != nil || len(j.take()) != 0 {
		t.Errorf("the result is not the first one any more: %v, %v", results, err)
	}
}

// others are a Share that has what it was given.
type others struct {
	trees         map[string]string // content of "value", by stage and key
	wrong         bool              // says that the trees have another digest
	pushed        []string
	asked, refuse int
}

func (o *others) Pull(_ context.Context, stage, key, dst string) (string, bool) {
	o.asked++
	content, ok := o.trees[stage+key]
	if !ok {
		return "", false
	}
	if err := os.WriteFile(filepath.Join(dst, "value"), []byte(content), 0o644); err != nil {
		return "", false
	}
	output, err := digest.Tree(context.Background(), dst, nil)
	if o.wrong {
		output = strings.Repeat("0", 64)
	}
	return output, err == nil
}
func (o *others) Look(ctx context.Context, stage, key string) (string, bool) {
	dir, err := os.MkdirTemp("", "look-")
	if err != nil {
		return "", false
	}
	defer os.RemoveAll(dir)
	return o.Pull(ctx, stage, key, dir)
}
func (o *others) Refuse(string, string, error) { o.refuse++ }
func (o *others) Push(_ context.Context, r *store.Result) {
	o.pushed = append(o.pushed, r.Stage)
	if o.trees == nil {
		o.trees = map[string]string{}
	}
	b, _ := os.ReadFile(filepath.Join(r.Dir, "value"))
	o.trees[r.Stage+r.Key] = string(b)
}

// What others have is taken, what is wrong is not, and what is built goes to them.
func TestShare(t *testing.T) {
	value := "a"
	_, kernel, _ := chain(&value)
	r, j := runner(t)
	o := &others{}
	r.Share = o
	if _, err := r.Run(t.Context(), kernel); err != nil || !slices.Equal(o.pushed, []string{"source", "kernel"}) {
		t.Fatalf("pushed %v, %v; want both stages", o.pushed, err)
	}
	j.take()
	asked := o.asked
	if _, err := r.Run(t.Context(), kernel); err != nil || o.asked != asked {
		t.Errorf("others were asked for what is here: %v", err)
	}

	cold, j := runner(t)
	cold.Share = o
	results, err := cold.Run(t.Context(), kernel)
	if err != nil || len(j.take()) != 0 {
		t.Errorf("from others: %v, or it was built", err)
	}
	if b, err := os.ReadFile(filepath.Join(results["kernel"].Dir, "value")); err != nil || string(b) != "a" {
		t.Errorf("the kernel holds %q, %v", b, err)
	}

	lied, j := runner(t)
	lied.Share = o
	o.wrong = true
	if _, err := lied.Run(t.Context(), kernel); err != nil || len(j.take()) != 2 || o.refuse != 2 {
		t.Errorf("others lie: %v; want that it is built here, and that they are told %d times", err, o.refuse)
	}
	o.wrong = false

	pulled, j := runner(t)
	pulled.Share = o
	delete(o.trees, "kernel"+results["kernel"].Key)
	if got, err := pulled.PullAll(t.Context(), kernel); err != nil || len(got) != 1 || got["source"] == nil || len(j.take()) != 0 {
		t.Errorf("PullAll: got %v, %v; want the source alone, and nothing built", got, err)
	}
	// What is here alone is to go to the others, and what nobody has is to be built; what needs that, too.
	last := &Stage{Name: "last", Needs: []*Stage{kernel}}
	if absent, here, err := pulled.Absent(t.Context(), last); err != nil || len(here) != 0 || !slices.Equal(absent, []*Stage{kernel, last}) {
		t.Errorf("absent are %v, here is %v, %v; want two and none", absent, here, err)
	}
	if absent, here, err := r.Absent(t.Context(), last); err != nil || len(here) != 1 || here[0].Stage != "kernel" || !slices.Equal(absent, []*Stage{last}) {
		t.Errorf("absent are %v, here is %v, %v; want the last, and the kernel", absent, here, err)
	}
}

// A build that fails while the kernel kills for want of memory is tried once with fewer jobs; another one is not.
func TestShortOfMemory(t *testing.T) {
	for name, test := range map[string]struct {
		kills, failures, builds int
		fault                   string
	}{
		"enough for fewer jobs": {1, 1, 2, ""},
		"not even then":         {1, 2, 2, "with 4 jobs and with 2"},
		"another failure":       {0, 1, 1, "does not compile"},
	} {
		t.Run(name, func(t *testing.T) {
			r, j := runner(t)
			killed, builds := int64(7), 0
			r.Kills = func() int64 { return killed }
			_, err := r.Run(t.Context(), &Stage{Name: "rustc", Build: func(_ context.Context, b *Build) error {
				builds++
				if left, err := os.ReadDir(b.Out); err != nil || len(left) > 0 {
					return errors.New("something is left of the first try")
				}
				if err := os.WriteFile(filepath.Join(b.Out, "value"), nil, 0o644); err != nil {
					return err
				}
				if builds <= test.failures {
					killed += int64(test.kills)
					return errors.New("does not compile")
				}
				return nil
			}})
			if test.fault == "" && err != nil || test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
				t.Errorf("got %v; want an error with %q, if anything", err, test.fault)
			}
			if builds != test.builds {
				t.Errorf("it was tried %d times; want %d", builds, test.builds)
			}
			if built := j.take(); (len(built) == 2) != (test.builds == 2) {
				t.Errorf("a person was told %q", built)
			}
		})
	}
}

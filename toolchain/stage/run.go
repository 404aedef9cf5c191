package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"rex/toolchain/jobserver"
	"rex/toolchain/store"
)

// Observer is told what happens. Calls come from several goroutines.
type Observer interface {
	// Waiting: the stage could be built but for what why says.
	Waiting(s *Stage, why string)
	// Building: the stage's inputs are new. Its output goes to the returned writer.
	Building(s *Stage, reason string) io.Writer
	// Done: the stage has a result, or err. took is zero if it was there already.
	Done(s *Stage, took time.Duration, err error)
	// Damaged: a result of the stage has changed since it was built; it lies at aside now and is built again.
	Damaged(stage, aside string)
	// Starved: memory was short; the stage is built once more with that many jobs.
	Starved(s *Stage, jobs int)
}

// Runner builds stages.
type Runner struct {
	Store    *store.Store
	Pool     *jobserver.Pool
	Observer Observer
	// Recipe, if not nil, returns the digest of a stage's code.
	Recipe func(s *Stage) (string, error)
	// Before, if not nil, is asked before the first build of a run: with everything
	// that is going to be built, as far as that is known.
	Before func(ctx context.Context, missing []*Stage) error
	// After, if not nil, is called when a run has built something and all went well.
	After func(ctx context.Context) error
	// Kills, if not nil, counts what the kernel has killed for want of memory; else the kernel is asked.
	Kills func() int64
	// Memory, if not nil, is how many bytes stages may take that are built side by side; else the kernel is asked.
	Memory func() int64
	// Share, if not nil, is asked for results before they are built.
	Share Share
	// Execute, if not nil, builds a stage in a place that holds the sources, the needs, and nothing else: there it calls
	// Perform with the key. Else stages are built where they are.
	Execute func(ctx context.Context, s *Stage, key string, sources []Source, b *Build) error

	room room
}

// node is a stage within one run.
type node struct {
	stage  *Stage
	done   chan struct{}
	result *store.Result
	check  func() error // once: whether the result is what it was
	err    error
}

// errUpstream marks a stage that was not tried since one that it needs failed.
var errUpstream = errors.New("not tried")

// Run makes sure that the stages and all that they need have results. Stages that
// do not need each other are built side by side. The first failure ends the
// others; what they had done stays in their workspaces. A result that has changed since it was built is not used: it is set aside and
// built again.
func (r *Runner) Run(ctx context.Context, stages ...*Stage) (map[string]*store.Result, error) {
	for {
		var built atomic.Int32
		results, err := r.run(ctx, &built, stages)
		for _, s := range stages {
			if err == nil {
				err = r.check(ctx, results[s.Name])
			}
		}
		var damaged *damagedError
		switch {
		case errors.As(err, &damaged):
			aside, err := r.Store.Quarantine(damaged.result)
			if err != nil {
				return nil, err
			}
			r.Observer.Damaged(damaged.result.Stage, aside)
			continue
		case err == nil && built.Load() > 0 && r.After != nil:
			err = r.After(ctx)
		}
		return results, err
	}
}

// damagedError is a result that has changed since it was built.
type damagedError struct {
	result *store.Result
	error
}

// check makes sure that a result is what it was when it was built.
func (r *Runner) check(ctx context.Context, result *store.Result) error {
	err := r.Store.Check(ctx, result)
	if errors.Is(err, store.ErrDamaged) {
		return &damagedError{result, err}
	}
	return err
}

func (r *Runner) run(ctx context.Context, built *atomic.Int32, stages []*Stage) (map[string]*store.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	all := Closure(stages...)
	if r.Before != nil {
		if missing := r.missing(ctx, all); len(missing) > 0 {
			if err := r.Before(ctx, missing); err != nil {
				return nil, err
			}
		}
	}
	nodes := make(map[*Stage]*node, len(all))
	for _, s := range all {
		nodes[s] = &node{stage: s, done: make(chan struct{})}
	}
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			defer close(n.done)
			needs := make(map[string]*node, len(n.stage.Needs))
			for _, up := range n.stage.Needs {
				<-nodes[up].done
				if nodes[up].err != nil {
					n.err = fmt.Errorf("%s: %w", n.stage.Name, errUpstream)
					return
				}
				needs[up.Name] = nodes[up]
			}
			var took time.Duration
			if n.result, took, n.err = r.one(ctx, n.stage, needs); n.err != nil {
				cancel(fmt.Errorf("%s failed", n.stage.Name))
			}
			if took > 0 {
				built.Add(1)
			}
			n.check = sync.OnceValue(func() error { return r.check(ctx, n.result) })
		})
	}
	wg.Wait()

	results := make(map[string]*store.Result, len(all))
	var failures []error
	for _, s := range all {
		n := nodes[s]
		switch {
		case n.err == nil:
			results[s.Name] = n.result
		case errors.Is(n.err, errUpstream), errors.Is(n.err, context.Canceled) && len(failures) > 0:
		default:
			failures = append(failures, n.err)
		}
	}
	return results, first(failures)
}

// first prefers the failure that caused the others to be cancelled.
func first(failures []error) error {
	for _, err := range failures {
		var damaged *damagedError
		var e *Error
		if errors.As(err, &damaged) || errors.As(err, &e) && !e.Cancelled {
			return err
		}
	}
	if len(failures) > 0 {
		return failures[0]
	}
	return nil
}

// Error is a stage that failed.
type Error struct {
	Stage     string
	Log       string
	Cancelled bool // ended from outside: Ctrl-C, a deadline, another stage's failure
	Err       error
}

func (e *Error) Error() string {
	if e.Cancelled {
		return fmt.Sprintf("stage %s: stopped; what it had done is kept and the next run carries on", e.Stage)
	}
	return fmt.Sprintf("stage %s: %v", e.Stage, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// one returns the result of a stage whose needs have theirs, and how long it took to build if it was not there.
func (r *Runner) one(ctx context.Context, s *Stage, upstream map[string]*node) (*store.Result, time.Duration, error) {
	fail := func(err error) error {
		var damaged *damagedError
		if errors.As(err, &damaged) {
			return err // it is tried again
		}
		err = &Error{Stage: s.Name, Log: r.Store.Log(s.Name), Cancelled: ctx.Err() != nil, Err: err}
		r.Observer.Done(s, 0, err)
		return err
	}
	needs := map[string]Need{}
	for name, n := range upstream {
		needs[name] = Need{Dir: n.result.Dir, Output: n.result.Output}
	}
	in, err := r.inputs(ctx, s, needs)
	if err != nil {
		return nil, 0, fail(err)
	}
	key := s.key(in.list)
	if result, err := r.Store.Get(s.Name, key); err == nil || !errors.Is(err, store.ErrAbsent) {
		if err != nil {
			return nil, 0, fail(err)
		}
		r.Observer.Done(s, 0, nil)
		return result, 0, nil
	}

	unlock, err := r.Store.Lock(ctx, s.Name, func() { r.Observer.Waiting(s, byAnother) })
	if err != nil {
		return nil, 0, fail(err)
	}
	defer unlock()
	if result, err := r.Store.Get(s.Name, key); err == nil {
		r.Observer.Done(s, 0, nil) // somebody else built it meanwhile
		return result, 0, nil
	}
	start := time.Now()
	if result, err := r.pull(ctx, s, in); err == nil || !errors.Is(err, store.ErrAbsent) {
		if err != nil {
			return nil, 0, fail(err)
		}
		r.Observer.Done(s, time.Since(start), nil)
		return result, time.Since(start), nil
	}
	for _, n := range upstream {
		if err := n.check(); err != nil {
			return nil, 0, fail(err)
		}
	}
	start = time.Now()
	result, err := r.build(ctx, s, in, needs, store.Manifest{Stage: s.Name, Key: key, Inputs: in.list})
	if err != nil {
		return nil, 0, fail(err)
	}
	took := time.Since(start)
	r.Observer.Done(s, took, nil)
	if r.Share != nil {
		r.Share.Push(ctx, result)
	}
	return result, took, nil
}

// inputs collects all of a stage's inputs.
func (r *Runner) inputs(ctx context.Context, s *Stage, needs map[string]Need) (*Inputs, error) {
	recipe := ""
	if r.Recipe != nil {
		var err error
		if recipe, err = r.Recipe(s); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return s.inputs(ctx, recipe, needs)
}

func (r *Runner) build(ctx context.Context, s *Stage, in *Inputs, needs map[string]Need, m store.Manifest) (*store.Result, error) {
	if err := r.Store.Sweep(s.Name); err != nil {
		return nil, err
	}
	last, err := r.Store.Results(s.Name)
	if err != nil {
		return nil, err
	}
	shared := s.Workspace()
	unlock, err := r.Store.LockWorkspace(ctx, shared)
	if err != nil {
		return nil, err
	}
	defer unlock()
	workspace, err := r.Store.Workspace(shared)
	if err != nil {
		return nil, err
	}
	draft, err := r.Store.Draft(s.Name)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	log, err := r.Store.NewLog(s.Name)
	if err != nil {
		return nil, err
	}
	give, err := r.room.take(ctx, r.limit, expected(last), func(why string) { r.Observer.Waiting(s, why) })
	if err != nil {
		return nil, err
	}
	defer give()
	b := &Build{
		Out: draft.Dir, Workspace: workspace, Log: log, Pool: r.Pool, Needs: needs, Recipe: in.recipe,
		Output: r.Observer.Building(s, reason(m.Inputs, last)),
	}
	if s.Outside != nil {
		// What comes may say more of the inputs than was known: which of several origins it is.
		if in, err = r.bring(ctx, s, needs, b); err != nil {
			return nil, err
		}
		if key := s.key(in.list); key != m.Key {
			m.Key, m.Inputs = key, in.list
			if result, err := r.Store.Get(s.Name, key); err == nil || !errors.Is(err, store.ErrAbsent) {
				return result, err
			}
		}
	}
	start := time.Now()
	if err := r.executeWithin(ctx, s, m.Key, in.sources, b); err != nil {
		return nil, err
	}
	m.Took, m.Usage = time.Since(start), b.Usage
	m.Output = s.Output
	result, err := draft.Commit(ctx, m)
	if err != nil {
		return nil, err
	}
	return result, r.Store.CloseWorkspace(ctx, shared)
}

func (r *Runner) execute(ctx context.Context, s *Stage, key string, sources []Source, b *Build) error {
	if r.Execute == nil {
		return s.Perform(ctx, key, b)
	}
	return r.Execute(ctx, s, key, sources, b)
}

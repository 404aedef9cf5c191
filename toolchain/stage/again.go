package stage

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"rex/toolchain/store"
)

// Again builds a stage that has a result once more, in an empty workspace, and calls use with the result and the folder of what came
// out now, which use may read until it returns. Only what the stage needs is taken from the store.
func (r *Runner) Again(ctx context.Context, s *Stage, use func(first *store.Result, second string) error) error {
	results, err := r.Run(ctx, s)
	if err != nil {
		return err
	}
	needs := needsOf(s, results)
	for _, n := range s.Needs {
		if err := r.check(ctx, results[n.Name]); err != nil {
			return err
		}
	}
	// The place of its workspace and result is another one; both go with the draft.
	name := "check-" + s.Name
	unlock, err := r.Store.Lock(ctx, name, func() { r.Observer.Waiting(s, byAnother) })
	if err != nil {
		return err
	}
	defer unlock()
	if err := r.Store.Sweep(name); err != nil {
		return err
	}
	draft, err := r.Store.Draft(name)
	if err != nil {
		return err
	}
	defer draft.Discard()
	out, workspace := filepath.Join(draft.Dir, "out"), filepath.Join(draft.Dir, "workspace")
	for _, dir := range []string{out, workspace} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	log, err := r.Store.NewLog(name)
	if err != nil {
		return err
	}
	b := &Build{Out: out, Workspace: workspace, Log: log, Pool: r.Pool, Needs: needs, Output: r.Observer.Building(s, "once more")}
	start := time.Now()
	err = r.again(ctx, s, needs, b)
	r.Observer.Done(s, time.Since(start), err)
	if err != nil {
		return &Error{Stage: s.Name, Log: log, Cancelled: ctx.Err() != nil, Err: err}
	}
	return use(results[s.Name], out)
}

func (r *Runner) again(ctx context.Context, s *Stage, needs map[string]Need, b *Build) error {
	in, err := r.bring(ctx, s, needs, b)
	if err != nil {
		return err
	}
	return r.execute(ctx, s, s.key(in.list), in.sources, b)
}

// bring fills in what a build gets from outside, and returns the inputs as they are then.
func (r *Runner) bring(ctx context.Context, s *Stage, needs map[string]Need, b *Build) (*Inputs, error) {
	var err error
	if s.Outside != nil {
		if b.Places, err = s.Outside(ctx); err != nil {
			return nil, err
		}
	}
	in, err := r.inputs(ctx, s, needs)
	if err != nil {
		return nil, err
	}
	b.Recipe = in.recipe
	return in, nil
}

// Enter makes all that a stage needs ready, and calls use as if it were to build the stage, in its workspace, which nobody else uses
// meanwhile. What is written to Out is lost.
func (r *Runner) Enter(ctx context.Context, s *Stage, use func(sources []Source, b *Build) error) error {
	results, err := r.Run(ctx, s.Needs...)
	if err != nil {
		return err
	}
	needs := needsOf(s, results)
	unlock, err := r.Store.LockWorkspace(ctx, s.Workspace())
	if err != nil {
		return err
	}
	defer unlock()
	workspace, err := r.Store.Workspace(s.Workspace())
	if err != nil {
		return err
	}
	draft, err := r.Store.Draft("shell-" + s.Name)
	if err != nil {
		return err
	}
	defer draft.Discard()
	log := r.Store.Log(s.Name)
	if _, err := os.Stat(log); err != nil {
		if err := os.WriteFile(log, nil, 0o644); err != nil {
			return err
		}
	}
	b := &Build{Out: draft.Dir, Workspace: workspace, Log: log, Pool: r.Pool, Needs: needs}
	in, err := r.bring(ctx, s, needs, b)
	if err != nil {
		return err
	}
	return use(in.sources, b)
}

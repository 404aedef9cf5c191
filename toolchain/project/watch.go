package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/vm"
)

// Watch builds and runs a sample, by its name or the path of its folder, whenever a file of it is saved, until the context ends. A machine
// that has booted already waits for each run, so that what was saved before says nothing of it.
func (p *Project) Watch(ctx context.Context, name string, wish Wish, out io.Writer) error {
	if wish.DebugKernel {
		p.UseDebugKernel()
	}
	saved, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer saved.Close()
	var standby *vm.Standby
	defer func() {
		if standby != nil {
			standby.Close()
		}
	}()
	for ctx.Err() == nil {
		st, s, err := p.Sample(name)
		if err != nil {
			return err
		}
		if err := p.watchFiles(saved, s); err != nil {
			return err
		}
		if wish.EBPF {
			if s, err = s.AsEBPF(); err != nil {
				return err
			}
		}
		// What is saved during a run ends it.
		run, stop := context.WithCancelCause(ctx)
		go func() {
			if awaitSave(run, saved) == nil {
				stop(errSaved)
			}
		}()
		standby, err = p.watchedRun(run, ctx, st, s, wish, standby, out)
		if err != nil && !errors.Is(context.Cause(run), errSaved) && ctx.Err() == nil {
			fmt.Fprintf(out, "%v\n", err)
		}
		if run.Err() == nil {
			p.Term.Printf("  waiting for a change below %s; Ctrl-C ends", s.Dir)
			<-run.Done()
		}
		stop(nil)
	}
	return nil
}

var errSaved = errors.New("a file was saved")

// watchedRun builds st, which makes s, runs that in the machine that waits, and returns the next one, which lives as long as all.
func (p *Project) watchedRun(run, all context.Context, st *stage.Stage, s *sample.Sample, wish Wish, standby *vm.Standby, out io.Writer) (*vm.Standby, error) {
	results, err := p.Runner.Run(run, st, p.kernel, p.agent)
	if err != nil {
		return standby, err
	}
	if err := p.Link(results); err != nil {
		return standby, err
	}
	if standby == nil {
		if standby, err = p.standby(all, results, s, wish); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	job, expect := task(s)
	show, rest := shower(s, out)
	r, err := standby.Run(run, layers(s, results[st.Name].Dir), job, expect, show)
	standby.Close()
	next, failed := p.standby(all, results, s, wish)
	if err = errors.Join(err, failed); err != nil {
		return next, err
	}
	rest()
	if err := r.Err(); err != nil {
		return next, err
	}
	p.Term.Printf("✓ %s: %.1f s", s.Title(), time.Since(start).Seconds())
	return next, nil
}

// standby boots a machine for a sample.
func (p *Project) standby(ctx context.Context, results map[string]*store.Result, s *sample.Sample, wish Wish) (*vm.Standby, error) {
	o, err := wish.Options(s.VM)
	if err != nil {
		return nil, err
	}
	m, err := p.machine(ctx, results, "watch-"+s.Name, o)
	if err != nil {
		return nil, err
	}
	if m.Packages, err = p.guestPackages(ctx, s.Packages, results[p.tools.Name].Dir); err != nil {
		return nil, err
	}
	return m.Standby(ctx, filepath.Join(p.Store.Dir(), "results")), nil
}

// watchFiles adds the folders of a sample, of its crates and of the runtime.
func (p *Project) watchFiles(w *fsnotify.Watcher, s *sample.Sample) error {
	roots := []string{s.Dir, p.path("librex/rex"), p.path("librex/rex-macros"), p.path(loaderCrate)}
	crates, err := s.Crates()
	if err != nil {
		return err
	}
	for _, c := range crates {
		roots = append(roots, c.Dir)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // it is just going away
				return nil
			case err != nil || !d.IsDir():
				return err
			case path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "target"):
				return fs.SkipDir
			}
			return w.Add(path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// quiet is how long nothing more is saved before it counts: an editor saves in several steps.
const quiet = 50 * time.Millisecond

// awaitSave returns nil when something was saved.
func awaitSave(ctx context.Context, w *fsnotify.Watcher) error {
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-settled:
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return fsnotify.ErrClosed
			}
			base := filepath.Base(e.Name)
			if e.Op == fsnotify.Chmod || strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") || base == "Cargo.lock" || base == "target" {
				continue
			}
			settled = time.After(quiet)
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
			settled = time.After(quiet)
		}
	}
}

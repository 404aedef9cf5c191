package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/share"
	"rex/toolchain/share/localregistry"
	"rex/toolchain/stage"
	"rex/toolchain/worktree"
)

// BenchShare times what a team's registry costs and saves, with one on this machine: to give it all results, and `run hello` with an empty
// cache, beside the time that the results took to build. The table goes to out.
func (p *Project) BenchShare(ctx context.Context, out io.Writer) error {
	hello, _, err := p.Sample("hello")
	if err != nil {
		return err
	}
	registry := p.registry()
	results, err := p.Runner.Run(ctx, slices.Concat(p.All(), []*stage.Stage{hello, registry})...)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(p.Store.Dir(), "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, checkout, cache := filepath.Join(dir, "registry"), filepath.Join(dir, "checkout"), filepath.Join(dir, "cache")
	if err := errors.Join(os.Mkdir(files, 0o755), os.Mkdir(cache, 0o755)); err != nil {
		return err
	}
	address, stop, err := localregistry.Start(ctx, filepath.Join(results[registry.Name].Dir, "registry"), files)
	if err != nil {
		return err
	}
	defer stop()
	where := "http://" + address + "/rex"
	key, public, err := share.OpenKey(p.shareKey())
	if err != nil {
		return err
	}
	r, err := share.Open(where, nil, filepath.Join(dir, "scratch"))
	if err != nil {
		return err
	}
	start := time.Now()
	var built, work time.Duration
	var bytes int64
	for _, s := range stage.Closure(append(p.All(), hello)...) {
		result := results[s.Name]
		if err := r.Push(ctx, result, key); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		built, work, bytes = built+result.Took, work+result.CPU, bytes+result.Size
	}
	pushed := time.Since(start)
	there, err := diskUsage(files)
	if err != nil {
		return err
	}

	// Another user: the same checkout, which trusts who has pushed, the same key for extensions, and nothing else.
	if err := worktree.Collect(ctx, p.Root, checkout, []string{"."}, func(_, path string) bool { return notSource(path) }); err != nil {
		return err
	}
	text, err := os.ReadFile(public)
	if err != nil {
		return err
	}
	trust := filepath.Join(checkout, trustDir)
	if err := errors.Join(os.MkdirAll(trust, 0o755), os.WriteFile(filepath.Join(trust, "bench.pem"), text, 0o644)); err != nil {
		return err
	}
	run := command.Cmd{Path: "go", Args: []string{"tool", "mage", "run", "hello"}, Dir: checkout, Log: p.Store.Log("bench-share"), Env: []string{
		"REX_CACHE=" + cache, "REX_KEYS=" + p.keys, "REX_REGISTRY=" + where, "REX_PUSH",
	}}
	var took [2]time.Duration
	for i := range took {
		start := time.Now()
		if err := run.Run(ctx); err != nil {
			return err
		}
		took[i] = time.Since(start)
	}
	fmt.Fprintf(out, "%d results, %s here, %s in the registry, pushed in %.0f s\n", len(results)-1, size(bytes), size(there), pushed.Seconds())
	fmt.Fprintf(out, "%-52s %6.0f s\n", "run hello, empty cache, results from the registry", took[0].Seconds())
	fmt.Fprintf(out, "%-52s %6.0f s\n", "run hello, once more", took[1].Seconds())
	fmt.Fprintf(out, "%-52s %6.0f s, %.0f times as long (%.0f s of a processor)\n", "to build the results, one after the other", built.Seconds(), built.Seconds()/took[0].Seconds(), work.Seconds())
	return nil
}

// diskUsage is how many bytes files below dir take.
func diskUsage(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

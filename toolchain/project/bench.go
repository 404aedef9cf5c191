package project

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/kernel"
	"rex/toolchain/passes"
	"rex/toolchain/report"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
	"rex/toolchain/tools"
	"rex/toolchain/vm"
)

// BenchRuntime runs kernel/bench, which compares Rex programs with eBPF programs that do the same, in a
// machine whose clock counts instructions; the table goes to out.
func (p *Project) BenchRuntime(ctx context.Context, out io.Writer) (*vm.Result, []report.Race, error) {
	st, s, err := p.extension("kernel", "bench", "kernel-bench")
	if err != nil {
		return nil, nil, err
	}
	var table bytes.Buffer
	result, err := p.run(ctx, st, s, vm.Machine{Counting: true}, io.MultiWriter(out, &table))
	if err != nil {
		return nil, nil, err
	}
	races, err := report.ReadRaces(&table)
	return result, races, err
}

// rounds is how often each command is timed, in turn, so that a busy moment hits all of them.
const rounds = 10

// BenchBuild times what there is to do when nothing is to be done: our own part, the whole command, and for comparison make on
// the kernel's tree and ninja on the plugin's. The table goes to out.
func (p *Project) BenchBuild(ctx context.Context, out io.Writer) error {
	st, _, err := p.Sample("hello")
	if err != nil {
		return err
	}
	results, err := p.Runner.Run(ctx, st)
	if err != nil {
		return err
	}
	ready := tools.Ready{Tools: p.toolset, Dir: results[p.tools.Name].Dir}
	inWorkspace := func(s *stage.Stage, needs []*stage.Stage, cmd func(workspace string) command.Cmd) func() error {
		return func() error {
			box := sandbox.Box{Mounts: []sandbox.Mount{{Host: filepath.Join(p.Store.Dir(), "work", s.Name, "work"), Inside: "/workspace", Writable: true}}}
			for _, n := range needs {
				box.Mounts = append(box.Mounts, sandbox.Mount{Host: results[n.Name].Dir, Inside: "/needs/" + n.Name})
			}
			c, err := ready.Command(cmd(ready.Seen(box.Mounts[0].Host, "/workspace")), box)
			if err != nil {
				return err
			}
			return c.Run(ctx)
		}
	}
	candidates := []struct {
		name string
		run  func() error
		took []time.Duration
	}{
		{name: "our own part of build:sample hello", run: func() error {
			again, err := Open(ctx, p.Root)
			if err != nil {
				return err
			}
			defer again.Close()
			st, _, err := again.Sample("hello")
			if err != nil {
				return err
			}
			_, err = again.Runner.Run(ctx, st)
			return err
		}},
		{name: "go tool mage build:sample hello", run: func() error {
			return (&command.Cmd{Path: "go", Args: []string{"tool", "mage", "build:sample", "hello"}, Dir: p.Root}).Run(ctx)
		}},
		{name: "make, on the kernel's tree", run: inWorkspace(p.kernel, []*stage.Stage{p.linuxSource}, func(w string) command.Cmd {
			return (&kernel.Build{Workspace: w, Compiler: p.compiler}).Make()
		})},
		{name: "ninja, on the plugin's tree", run: inWorkspace(p.passes, nil, func(w string) command.Cmd {
			return (&passes.Build{Workspace: w}).Ninja()
		})},
	}
	for round := range rounds + 1 {
		for i := range candidates {
			c := &candidates[i]
			start := time.Now()
			if err := c.run(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 { // the first one fills caches
				c.took = append(c.took, time.Since(start))
			}
		}
	}
	fmt.Fprintf(out, "%-36s %8s %8s %10s\n", "nothing to do, of 10 runs", "best", "median", "of make's")
	for i := range candidates {
		slices.Sort(candidates[i].took)
	}
	peer := candidates[2].took[rounds/2]
	for _, c := range candidates {
		best, median := c.took[0], c.took[rounds/2]
		fmt.Fprintf(out, "%-36s %6d ms %6d ms %9.2fx\n", c.name, best.Milliseconds(), median.Milliseconds(), float64(median)/float64(peer))
	}
	return nil
}

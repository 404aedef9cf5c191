package project

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
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
// machine whose clock counts instructions, or, with kvm, in nanoseconds on the host's own processor; the table goes to out.
func (p *Project) BenchRuntime(ctx context.Context, kvm bool, out io.Writer) (*vm.Result, []report.Race, error) {
	st, s, err := p.extension("kernel", "bench", "kernel-bench")
	if err != nil {
		return nil, nil, err
	}
	others, err := p.raced()
	if err != nil {
		return nil, nil, err
	}
	var table bytes.Buffer
	like := vm.Machine{Counting: true}
	if kvm {
		like = vm.Machine{Options: vm.Options{KVM: "on"}}
		s.Loader.Args = append(s.Loader.Args, "nanoseconds")
	}
	result, err := p.run(ctx, st, s, like, io.MultiWriter(out, &table), others)
	if err != nil {
		return nil, nil, err
	}
	races, err := report.ReadRaces(&table)
	return result, races, err
}

// raced are the samples that kernel/bench loads.
func (p *Project) raced() (stages []*stage.Stage, err error) {
	for _, name := range []string{"hello", "bmc"} {
		st, _, err := p.Sample(name)
		if err != nil {
			return nil, err
		}
		stages = append(stages, st)
	}
	return stages, nil
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
	candidates := []candidate{
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
	if err := race(candidates, func() error { return nil }); err != nil {
		return err
	}
	table(out, "nothing to do, of 10 runs", "make's", candidates, 2)
	return nil
}

// candidate is a command that is timed.
type candidate struct {
	name string
	run  func() error
	took []time.Duration
}

// race runs each candidate once to fill caches, and then in turn, rounds times.
func race(candidates []candidate, before func() error) error {
	for round := range rounds + 1 {
		for i := range candidates {
			c := &candidates[i]
			if err := before(); err != nil {
				return err
			}
			start := time.Now()
			if err := c.run(); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				c.took = append(c.took, time.Since(start))
			}
		}
	}
	return nil
}

// table prints what they took, beside the peer's.
func table(out io.Writer, title, name string, candidates []candidate, peer int) {
	for _, c := range candidates {
		slices.Sort(c.took)
	}
	fmt.Fprintf(out, "%-44s %8s %8s %12s\n", title, "best", "median", "of "+name)
	for _, c := range candidates {
		best, median := c.took[0], c.took[rounds/2]
		fmt.Fprintf(out, "%-44s %6d ms %6d ms %11.2fx\n", c.name, best.Milliseconds(), median.Milliseconds(), float64(median)/float64(candidates[peer].took[rounds/2]))
	}
}

// edited is a copy of hello that is edited and built.
type edited struct {
	dir  string
	env  string // what a shell evaluates to have the tools
	edit func() error
}

// newEdited makes one. Remove its folder.
func (p *Project) newEdited(ctx context.Context) (*edited, error) {
	t := &edited{dir: p.path("build/bench-edit")} // as deep as a sample's, so that its manifest finds the runtime
	if err := os.RemoveAll(t.dir); err != nil {
		return nil, err
	}
	if err := os.CopyFS(t.dir, os.DirFS(p.path("samples/hello"))); err != nil {
		return nil, err
	}
	var err error
	if t.env, err = p.Environment(ctx); err != nil {
		return nil, err
	}
	source := filepath.Join(t.dir, "src/main.rs")
	text, err := os.ReadFile(source)
	edits := 0
	t.edit = func() error {
		edits++
		return os.WriteFile(source, bytes.Replace(text, []byte("triggered"), fmt.Appendf(nil, "triggered (%d)", edits), 1), 0o644)
	}
	return t, err
}

// run runs a shell command in its folder with the tools.
func (t *edited) run(ctx context.Context, line string, args ...string) error {
	return (&command.Cmd{Path: "sh", Args: append([]string{"-c", t.env + line, "sh"}, args...), Dir: t.dir}).Run(ctx)
}

// cargo builds the extension as `mage env` has people do it.
func (p *Project) cargo(ctx context.Context, t *edited) candidate {
	return candidate{name: "cargo rustc -r", run: func() error {
		return t.run(ctx, `cargo --config "$1" rustc -r --quiet -- -Cenable_rex`, p.path(cargoConfig))
	}}
}

// BenchCompile times what compiling an extension takes after an edit, beside its twin for eBPF, on this host: a row of the race.
func (p *Project) BenchCompile(ctx context.Context) (report.Race, error) {
	t, err := p.newEdited(ctx)
	if err != nil {
		return report.Race{}, err
	}
	defer os.RemoveAll(t.dir)
	results, err := p.Runner.Run(ctx, p.kernel, p.libbpf)
	if err != nil {
		return report.Race{}, err
	}
	candidates := []candidate{p.cargo(ctx, t), {name: "clang", run: func() error {
		return t.run(ctx, `clang --target=bpf -O2 -g -c -o hello.o ebpf/hello.bpf.c -I"$1" -I"$2"`, filepath.Join(results[p.libbpf.Name].Dir, "include"), filepath.Join(results[p.kernel.Name].Dir, "usr/include"))
	}}}
	if err := race(candidates, t.edit); err != nil {
		return report.Race{}, err
	}
	median := func(c candidate) float64 {
		slices.Sort(c.took)
		return float64(c.took[rounds/2].Microseconds()) / 1000
	}
	r := report.Race{Name: "compile time of hello, ms", Rex: median(candidates[0]), EBPF: median(candidates[1]), Goal: "eBPF"}
	r.Met = r.Rex <= r.EBPF
	return r, nil
}

// BenchEdit times what an edit of hello costs: cargo by hand, as `mage env` has people run it, and all of it, with the loader, the
// checks and the signature. The table goes to out.
func (p *Project) BenchEdit(ctx context.Context, out io.Writer) error {
	t, err := p.newEdited(ctx)
	if err != nil {
		return err
	}
	defer os.RemoveAll(t.dir)
	candidates := []candidate{p.cargo(ctx, t),
		{name: "our part of build:sample, all that there is", run: func() error {
			again, err := Open(ctx, p.Root)
			if err != nil {
				return err
			}
			defer again.Close()
			st, _, err := again.Sample(t.dir)
			if err != nil {
				return err
			}
			_, err = again.Runner.Run(ctx, st)
			return err
		}},
	}
	if err := race(candidates, t.edit); err != nil {
		return err
	}
	table(out, "an edit of hello, of 10", "cargo's", candidates, 0)
	return nil
}

package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"rex/toolchain/command"
	"rex/toolchain/dist"
	"rex/toolchain/fetch"
	"rex/toolchain/jobserver"
	"rex/toolchain/kernel"
	"rex/toolchain/pin"
	"rex/toolchain/report"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/tools"
	"rex/toolchain/worktree"
)

// A stage is built by a second process of this program, which sees the tools, the stage's inputs, the results that it needs,
// and nothing else (execute). There it finds the same graph, and builds the one stage (perform).

// stageEnv is how the second process is told what to do.
const stageEnv = "REX_STAGE"

// order is what it is told. Paths are those that it sees.
type order struct {
	Stage, Key string
	Variant    string
	Features   []string
	DebugInfo  bool
	Release    dist.Release
	Compiler   kernel.Compiler
	Pins       pin.Pins
	Tools      string // name of the stage that has them
	Checkout   string
	Build      stage.Build
	Jobs       string // the pool's fifo
	Size       int    // of the pool
}

// answer is what it says when it ends, over descriptor 3.
type answer struct {
	Error string
	Full  bool // the disk is full
}

// execute builds a stage where no more is there than what its key covers.
func (p *Project) execute(ctx context.Context, s *stage.Stage, key string, sources []stage.Source, b *stage.Build) error {
	if s.Name == p.tools.Name {
		return s.Perform(ctx, key, b) // there are no tools yet to build it with
	}
	log, err := os.Create(b.Log)
	if err != nil {
		return err
	}
	log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o, box, err := p.place(ctx, s, sources, b)
	if err != nil {
		return err
	}
	o.Key = key
	box.Mounts = append(box.Mounts, sandbox.Mount{Host: self, Inside: "/run/rex"})
	var usage command.Usage
	err = p.start(ctx, b.Needs[p.tools.Name].Dir, o, p.toolset.Seen(self, "/run/rex"), box, b.Output, &usage)
	b.Usage = store.Usage(usage)
	return err
}

// place makes the place where a stage is built: what is there, and where.
func (p *Project) place(ctx context.Context, s *stage.Stage, sources []stage.Source, b *stage.Build) (o order, box sandbox.Box, err error) {
	checkout, workspace := filepath.Join(b.Workspace, "checkout"), filepath.Join(b.Workspace, "work")
	if err := freshFor(b.Needs[p.tools.Name].Output, workspace); err != nil {
		return o, box, err
	}
	if err := p.snapshot(ctx, sources, checkout); err != nil {
		return o, box, fmt.Errorf("snapshot of the inputs: %w", err)
	}
	seen := func(host, inside string, writable bool) string {
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: host, Inside: inside, Writable: writable})
		return p.toolset.Seen(host, inside)
	}
	o = order{
		Stage: s.Name, Variant: p.variant, Features: p.features, DebugInfo: p.debugInfo, Release: p.release, Compiler: p.compiler, Pins: p.pins, Tools: p.tools.Name,
		Checkout: seen(checkout, "/checkout", false), Jobs: seen(b.Pool.Path(), "/run/jobs", true), Size: b.Pool.Size(),
		Build: stage.Build{
			Out: seen(b.Out, "/out", true), Workspace: seen(workspace, "/workspace", true), Log: seen(b.Log, "/run/log", true),
			Needs: map[string]stage.Need{}, Places: map[string]string{}, Recipe: b.Recipe,
		},
	}
	for name, n := range b.Needs {
		if name != p.tools.Name {
			n.Dir = seen(n.Dir, "/needs/"+name, false)
		}
		o.Build.Needs[name] = n
	}
	for name, path := range b.Places {
		o.Build.Places[name] = seen(path, "/places/"+name, false)
	}
	return o, box, nil
}

// StageShell gives the terminal to a shell where a stage is built: its inputs, needs and workspace are where it sees them. The log of its
// last build, with its command lines, is /run/log; what is written to /out is lost.
func (p *Project) StageShell(ctx context.Context, s *stage.Stage) error {
	return p.Runner.Enter(ctx, s, func(sources []stage.Source, b *stage.Build) error {
		o, box, err := p.place(ctx, s, sources, b)
		if err != nil {
			return err
		}
		p.Term.Printf("where %s is built; the command lines of its last build are in %s; `exit` leaves", s.Name, o.Build.Log)
		return p.shell(ctx, tools.Ready{Tools: p.toolset, Dir: b.Needs[p.tools.Name].Dir}, o.Build.Workspace, box)
	})
}

// freshFor empties a workspace in which other tools have worked: make, ninja and cargo compare the times of sources, not those
// of compilers.
func freshFor(tools, workspace string) error {
	stamp := workspace + ".tools"
	if text, err := os.ReadFile(stamp); err == nil && string(text) == tools {
		return os.MkdirAll(workspace, 0o755)
	}
	if err := os.RemoveAll(workspace); err != nil {
		return err
	}
	if err := os.MkdirAll(workspace, 0o755); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(tools), 0o644)
}

// start runs the second process and passes on what it says.
func (p *Project) start(ctx context.Context, tools string, o order, self string, box sandbox.Box, output io.Writer, usage *command.Usage) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ours.Close()
	cmd, err := p.toolset.Command(tools, command.Cmd{
		Path: self, Dir: "/", Env: []string{stageEnv + "=" + string(text)}, ExtraFiles: []*os.File{theirs}, Stdout: output, Stderr: output, Label: o.Stage, Usage: usage,
	}, box)
	if err != nil {
		theirs.Close()
		return err
	}
	said := make(chan []byte, 1)
	go func() {
		b, _ := io.ReadAll(ours)
		said <- b
	}()
	failed := cmd.Run(ctx)
	theirs.Close()
	var a answer
	if err := json.Unmarshal(<-said, &a); err != nil {
		if failed == nil {
			failed = errors.New("the process that built it ended without an answer")
		}
		return failed
	}
	if a.Error == "" {
		return nil
	}
	// A person looks for files where they are on the host.
	var places []string
	for name, dir := range p.outside {
		places = append(places, filepath.Join("/checkout", outsideDir, name)+"/", dir+"/")
	}
	for _, m := range slices.Backward(box.Mounts) {
		host := m.Host
		if m.Inside == "/checkout" {
			host = p.Root
		}
		places = append(places, m.Inside+"/", host+"/", m.Inside+"\n", host+"\n")
	}
	err = errors.New(strings.TrimSuffix(strings.NewReplacer(places...).Replace(a.Error+"\n"), "\n"))
	if a.Full {
		err = fmt.Errorf("%w (%w)", err, syscall.ENOSPC)
	}
	return err
}

// snapshot makes dir a checkout of the sources alone. What has not changed stays as it is, for the sake of tools that compare
// times.
func (p *Project) snapshot(ctx context.Context, sources []stage.Source, dir string) error {
	wanted, paths := map[string]stage.Source{}, map[string]string{}
	for _, s := range sources {
		if place, ok := p.placeOf(s.Path); ok {
			wanted[place], paths[place] = s, s.Path
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return worktree.Gather(ctx, paths, dir, func(source, path string) bool {
		skip := wanted[source].Skip
		return skip != nil && skip(path)
	})
}

func init() {
	if text := os.Getenv(stageEnv); text != "" {
		os.Unsetenv(stageEnv) // it is no concern of the stage's commands
		os.Exit(perform(text))
	}
}

// perform is the second process.
func perform(text string) int {
	answers := os.NewFile(3, "answers")
	syscall.CloseOnExec(3)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var a answer
	if err := performOrder(ctx, text); err != nil {
		a = answer{Error: err.Error(), Full: errors.Is(err, syscall.ENOSPC)}
	}
	if err := json.NewEncoder(answers).Encode(a); err != nil || a.Error != "" {
		return 1
	}
	return 0
}

func performOrder(ctx context.Context, text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	pool, err := jobserver.Open(o.Jobs, o.Size)
	if err != nil {
		return err
	}
	defer pool.Close()
	p := &Project{
		Root: o.Checkout, Term: report.NewTerminal(os.Stdout), pins: o.Pins, compiler: o.Compiler, variant: o.Variant, features: o.Features, debugInfo: o.DebugInfo, release: o.Release, pool: pool,
		fetcher: &fetch.Fetcher{Cache: o.Build.Places[downloads], Offline: true}, keyDir: o.Build.Places[signingKey],
	}
	p.define(&stage.Stage{Name: o.Tools})
	s, err := p.Stage(o.Stage)
	if err != nil {
		return err
	}
	b := o.Build
	b.Pool, b.Output = pool, os.Stdout
	return s.Perform(ctx, o.Key, &b)
}

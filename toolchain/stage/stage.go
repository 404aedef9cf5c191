// Package stage is the build graph as a value: a stage is a pure function of its inputs,
// named by a key. It knows nothing of kernels or compilers.
package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/jobserver"
	"rex/toolchain/store"
)

// Stage is one step of the build.
type Stage struct {
	Name string
	Doc  string // one line for people
	// Needs are the stages whose results Build reads. They are inputs by content.
	Needs []*Stage
	// Inputs adds everything else that shapes the result.
	Inputs func(ctx context.Context, in *Inputs) error
	// Outside, if set, brings what Build needs and no key has to name, since it is proved otherwise, such as downloads:
	// files and folders by the names that Build has for them. Inputs is asked again after it.
	Outside func(ctx context.Context) (map[string]string, error)
	// Build writes the result. Its code is an input (Runner.Recipe), as is that of the functions that it gets as values: Calls.
	Build func(ctx context.Context, b *Build) error
	Calls []any
	// Shares names the workspace, if several stages have one together.
	Shares string
	// Output, if set, is the digest that the result must have.
	Output string
}

// Workspace is the name of the stage's workspace in the store.
func (s *Stage) Workspace() string {
	if s.Shares != "" {
		return s.Shares
	}
	return s.Name
}

// Build is what a stage's function gets to work with.
type Build struct {
	Out       string            // an empty folder, which becomes the result
	Workspace string            // kept between builds of the stage: a help, never an input
	Log       string            // file for the output of commands
	Output    io.Writer         // a copy of that output for whoever watches
	Pool      *jobserver.Pool   // share it with every build tool that can
	Needs     map[string]Need   // by the names of stages
	Recipe    string            // digest of the code
	Places    map[string]string // what Outside has brought
	Usage     store.Usage       // Runner.Execute says what it took
}

// Need is an upstream result.
type Need struct {
	Dir    string
	Output string // digest of what is in it
}

// needsOf are the needs of a stage that have results.
func needsOf(s *Stage, results map[string]*store.Result) map[string]Need {
	needs := map[string]Need{}
	for _, n := range s.Needs {
		if r := results[n.Name]; r != nil {
			needs[n.Name] = Need{Dir: r.Dir, Output: r.Output}
		}
	}
	return needs
}

// Need returns the folder of an upstream result.
func (b *Build) Need(s *Stage) string {
	n, ok := b.Needs[s.Name]
	if !ok {
		panic("stage: " + s.Name + " is not among the needs")
	}
	return n.Dir
}

// Place returns where something is that Outside has brought.
func (b *Build) Place(name string) string {
	path, ok := b.Places[name]
	if !ok {
		panic("stage: nothing has brought " + name)
	}
	return path
}

// Inputs collects what shapes a result.
type Inputs struct {
	recipe  string
	list    []store.Input
	sources []Source
}

// Source is a file or folder among the inputs.
type Source struct {
	Path string
	Skip func(path string) bool // of a folder: what is no input
}

// Value adds a short text: a version, a setting.
func (in *Inputs) Value(name, value string) {
	in.list = append(in.list, store.Input{Name: name, Value: value})
}

// String lists what has been added.
func (in *Inputs) String() string {
	var b strings.Builder
	for _, i := range in.list {
		fmt.Fprintf(&b, "%s: %s\n", i.Name, i.Value)
	}
	return b.String()
}

// File adds a file's content.
func (in *Inputs) File(name, path string) error {
	sum, err := digest.File(path)
	if err != nil {
		return err
	}
	in.Value(name, sum)
	in.sources = append(in.sources, Source{Path: path})
	return nil
}

// Tree adds the content below a folder; skip as in digest.Tree.
func (in *Inputs) Tree(ctx context.Context, name, dir string, skip func(string) bool) error {
	sum, err := digest.Tree(ctx, dir, skip)
	if err != nil {
		return err
	}
	in.Value(name, sum)
	in.sources = append(in.sources, Source{Path: dir, Skip: skip})
	return nil
}

// inputs collects all of a stage's inputs in one order, given the digest of its code and the results of its needs.
func (s *Stage) inputs(ctx context.Context, recipe string, needs map[string]Need) (*Inputs, error) {
	in := &Inputs{recipe: recipe}
	in.Value("recipe", recipe)
	for _, n := range s.Needs {
		in.Value("result of "+n.Name, needs[n.Name].Output)
	}
	if s.Inputs != nil {
		if err := s.Inputs(ctx, in); err != nil {
			return nil, fmt.Errorf("%s: inputs: %w", s.Name, err)
		}
	}
	slices.SortFunc(in.list, func(a, b store.Input) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(in.list); i++ {
		if in.list[i].Name == in.list[i-1].Name {
			return nil, fmt.Errorf("%s: two inputs are named %q", s.Name, in.list[i].Name)
		}
	}
	return in, nil
}

// Perform builds a stage of which no more is there than what its key covers. It is an error if that is not what the key was
// made from: somebody has edited a file meanwhile.
func (s *Stage) Perform(ctx context.Context, key string, b *Build) error {
	in, err := s.inputs(ctx, b.Recipe, b.Needs)
	if err != nil {
		return err
	}
	if s.key(in.list) != key {
		return errors.New("an input was changed while it was read; run it again")
	}
	return s.Build(ctx, b)
}

// key hashes the complete description of a computation.
func (s *Stage) key(inputs []store.Input) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rex stage 1\n%q\n", s.Name)
	for _, in := range inputs {
		fmt.Fprintf(&b, "%q %q\n", in.Name, in.Value)
	}
	return digest.String(b.String())
}

// Closure returns the stages and everything that they need, needs first.
func Closure(stages ...*Stage) []*Stage {
	var order []*Stage
	var visit func(*Stage)
	visit = func(s *Stage) {
		if slices.Contains(order, s) {
			return
		}
		for _, n := range s.Needs {
			visit(n)
		}
		order = append(order, s)
	}
	for _, s := range stages {
		visit(s)
	}
	return order
}

package project

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/stage"
)

// program is a stage that builds a static program of this module in Go; its result has the package's name. trees are the
// folders of the module's packages that it consists of.
func (p *Project) program(name, doc, pkg string, trees ...string) *stage.Stage {
	return &stage.Stage{
		Name: name, Doc: doc, Needs: []*stage.Stage{p.tools},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			if err := p.goInputs(in); err != nil {
				return err
			}
			for _, tree := range trees {
				err := in.Tree(ctx, tree, p.path(tree), func(path string) bool {
					return strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata")
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
		Outside: p.bringGo("."),
		Build: func(ctx context.Context, b *stage.Build) error {
			return p.goCommand(b, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(b.Out, filepath.Base(pkg)), "./"+pkg).Run(ctx)
		},
	}
}

// goInputs adds what shapes a program in Go beside its packages.
func (p *Project) goInputs(in *stage.Inputs) error {
	in.Value("go", runtime.Version())
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := in.File(name, p.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// registryDir is a module of its own.
const registryDir = "toolchain/share/registry"

// registry is a stage that builds the registry that the tests of sharing talk to.
func (p *Project) registry() *stage.Stage {
	return &stage.Stage{
		Name: "registry", Doc: "a registry for containers, to test with", Needs: []*stage.Stage{p.tools},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("go", runtime.Version())
			return in.Tree(ctx, registryDir, p.path(registryDir), nil)
		},
		Outside: p.bringGo(registryDir),
		Build: func(ctx context.Context, b *stage.Build) error {
			cmd := p.goCommand(b, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(b.Out, "registry"), ".")
			cmd.Dir = p.path(registryDir)
			return cmd.Run(ctx)
		},
	}
}

// bringGo lets a stage use this host's Go, whose version is an input, and the modules of the one in dir, which its go.sum proves.
func (p *Project) bringGo(dir string) func(ctx context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) { return p.goAndModules(ctx, p.path(dir)) }
}

func (p *Project) goAndModules(ctx context.Context, dir string) (map[string]string, error) {
	if err := (&command.Cmd{Path: "go", Args: []string{"mod", "download"}, Dir: dir, Env: []string{"GOWORK=off"}, Log: p.Store.Log("go")}).Run(ctx); err != nil {
		return nil, err
	}
	out, err := (&command.Cmd{Path: "go", Args: []string{"env", "GOROOT", "GOMODCACHE"}, Dir: p.Root}).Output(ctx)
	if err != nil {
		return nil, err
	}
	root, modules, _ := strings.Cut(strings.TrimSpace(out), "\n")
	return map[string]string{goRoot: root, goModules: modules}, nil
}

// goCommand is a go command in the checkout of a stage that has brought Go.
func (p *Project) goCommand(b *stage.Build, args ...string) *command.Cmd {
	return &command.Cmd{
		Path: filepath.Join(b.Place(goRoot), "bin/go"), Args: args, Dir: p.Root, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
		Env: []string{
			"GOROOT=" + b.Place(goRoot), "GOMODCACHE=" + b.Place(goModules), "GOCACHE=" + filepath.Join(b.Workspace, "go-build"),
			"GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64",
		},
	}
}

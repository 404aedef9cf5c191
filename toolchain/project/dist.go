package project

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"rex/toolchain/command"
	"rex/toolchain/debian"
	"rex/toolchain/dist"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/worktree"
)

// Dist makes packages for Debian, and an archive for others, of what the stages have built.
func (p *Project) Dist(ctx context.Context, version string) error {
	if p.toolset != p.tree {
		return fmt.Errorf("packages are made in the tools tree, as what is in them is linked against its libraries; REX_TOOLS=host leaves it out")
	}
	p.release.Version = version
	if err := p.UseRelease(p.release); err != nil {
		return err
	}
	_, all := p.distStages()
	results, err := p.Runner.Run(ctx, all)
	if err != nil {
		return err
	}
	if err := p.Link(results); err != nil {
		return err
	}
	dir := p.path("build/" + all.Name)
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			p.Term.Printf("  %s (%s)", filepath.Join("build", all.Name, f.Name()), size(info.Size()))
		}
	}
	p.Term.Printf("✓ %s; docs/shipping.md says what is in each, and how to install them", dir)
	return nil
}

// TestDist installs packages in a Debian on a disk, which it makes, and boots it.
func (p *Project) TestDist(ctx context.Context) error {
	return p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-count=1", "-v", "-timeout=90m", "-run=^(TestDist|TestPackagedCompiler)$", "./toolchain/acceptance"}, Stdout: p.Term, Env: []string{
		"REX_ACCEPTANCE=1", "REX_TEST_DIST=1", "TMPDIR=" + p.Store.Dir(), // the disk with room
	}})
}

// Debian makes systems to try packages on.
func (p *Project) Debian(ctx context.Context) (*debian.Builder, error) {
	ready, err := p.Tools(ctx)
	if err != nil {
		return nil, err
	}
	mirror, err := p.debianMirror()
	if err != nil {
		return nil, err
	}
	images := filepath.Join(p.Store.Dir(), "host", "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return nil, err
	}
	return &debian.Builder{Tree: ready.Dir, Fetcher: p.fetcher, Mirror: mirror, Cache: images, Log: p.Store.Log("debian"), Machine: p.Machine}, nil
}

// Certificate is that of the key that extensions are signed with.
func (p *Project) Certificate() (*x509.Certificate, error) {
	if _, err := p.key(); err != nil {
		return nil, err
	}
	return p.certificate()
}

// UseRelease says which release packages are of: an empty version is the crate's, with the revision 1, and an epoch of 0 is what
// SOURCE_DATE_EPOCH says, or the start of 1980, before which some archives know no time.
func (p *Project) UseRelease(r dist.Release) error {
	if r.Version == "" {
		text, err := os.ReadFile(p.path("librex/rex/Cargo.toml"))
		if err != nil {
			return err
		}
		m := crateVersion.FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s says no version", p.path("librex/rex/Cargo.toml"))
		}
		r.Version = string(m[1]) + "-1"
	}
	if r.Epoch == 0 {
		r.Epoch = 315532800
		if said := os.Getenv("SOURCE_DATE_EPOCH"); said != "" {
			var err error
			if r.Epoch, err = strconv.ParseInt(said, 10, 64); err != nil {
				return fmt.Errorf("SOURCE_DATE_EPOCH is %q; it takes seconds since 1970", said)
			}
		}
	}
	p.release = r
	return r.Check()
}

var crateVersion = regexp.MustCompile(`(?m)^version = "([^"]+)"`)

// crates are those that extensions and their loaders are made with.
var crates = map[string]string{"rex": "librex/rex", "rex-macros": "librex/rex-macros", "librex": loaderCrate}

// distStages are a stage for each package, and the one that has them all, with an archive for others.
func (p *Project) distStages() (packages []*stage.Stage, all *stage.Stage) {
	command := p.rexCommand()
	checker := p.program("rex-check", "judges extensions, and needs nothing else", "toolchain/object/cmd/rex-check", "toolchain/object", "toolchain/signing")
	signer := p.program("rex-sign", "checks and signs extensions outside of the checkout", "toolchain/object/cmd/rex-sign", "toolchain/object", "toolchain/signing", "toolchain/command")
	needs := map[string][]*stage.Stage{
		dist.Image: {p.kernel}, dist.Headers: {p.kernel}, dist.Librex: {p.librex}, dist.LibrexDev: {p.kernel, p.librex, p.bindings},
		dist.Toolchain: {p.kernel, p.toolchain, signer}, dist.Tools: {p.guestTools, command, checker},
	}
	release := func(in *stage.Inputs) { in.Value("release", fmt.Sprintf("%+v", p.release)) }
	for _, kind := range dist.Names {
		packages = append(packages, &stage.Stage{
			Name: "package-" + kind + p.variant, Doc: "the Debian package " + kind, Needs: append([]*stage.Stage{p.tools}, needs[kind]...),
			Inputs: func(ctx context.Context, in *stage.Inputs) error {
				release(in)
				if err := in.File("copyright", p.path(copyright)); err != nil || kind != dist.LibrexDev {
					return err
				}
				if err := p.runtimeInputs(ctx, in); err != nil {
					return err
				}
				if err := in.Tree(ctx, loaderCrate, p.path(loaderCrate), sample.Skip); err != nil {
					return err
				}
				return in.File("cargo's config", p.path(cargoConfig))
			},
			Build: func(ctx context.Context, b *stage.Build) error {
				need := func(s *stage.Stage) string { return b.Needs[s.Name].Dir } // empty for those of other packages
				r := &dist.Results{
					Kernel: need(p.kernel), Bindings: need(p.bindings), Librex: need(p.librex), Toolchain: need(p.toolchain), GuestTools: need(p.guestTools),
					Commands: []string{need(command), need(checker), need(signer)}, Cargo: p.path(cargoConfig), Copyright: p.path(copyright), Crates: map[string]string{},
				}
				for name, dir := range crates {
					r.Crates[name] = p.path(dir)
				}
				made, err := r.Package(kind)
				if err != nil {
					return err
				}
				scratch, err := fresh(b, "root")
				if err != nil {
					return err
				}
				defer os.RemoveAll(scratch)
				return made.Build(ctx, p.release, scratch, b.Out, b.Log, b.Output)
			},
		})
	}
	all = &stage.Stage{
		Name: "dist" + p.variant, Doc: "packages, and an archive for others", Needs: append([]*stage.Stage{p.tools}, packages...),
		Inputs: func(_ context.Context, in *stage.Inputs) error { release(in); return nil },
		Build: func(ctx context.Context, b *stage.Build) error {
			var files []string
			for _, s := range packages {
				made, err := filepath.Glob(filepath.Join(b.Need(s), "*.deb"))
				if err != nil {
					return err
				}
				for _, file := range made {
					files = append(files, file)
					if err := worktree.Copy(file, filepath.Join(b.Out, filepath.Base(file))); err != nil {
						return err
					}
				}
			}
			scratch, err := fresh(b, "root")
			if err != nil {
				return err
			}
			defer os.RemoveAll(scratch)
			if err := dist.Archive(ctx, p.release, files, scratch, b.Out, b.Log, b.Output); err != nil {
				return err
			}
			return dist.WriteSums(b.Out)
		},
	}
	return packages, all
}

const copyright = "LICENSES/README.md"

// fresh makes an empty folder in a stage's workspace.
func fresh(b *stage.Build, name string) (string, error) {
	dir := filepath.Join(b.Workspace, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// rexCommand is a stage that builds the command rex.
func (p *Project) rexCommand() *stage.Stage {
	return &stage.Stage{
		Name: "rex" + p.variant, Doc: "the command rex", Needs: []*stage.Stage{p.tools, p.kernel, p.libbpf, p.librex},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("version", p.release.Version)
			return in.Tree(ctx, commandDir, p.path(commandDir), func(path string) bool { return path == "build" })
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&command.Cmd{
				Path: "make", Args: []string{
					"-C", p.path(commandDir), "CC=gcc", "CFLAGS=-O2 -g0 -s", "VERSION=" + p.release.Version, "OUT=" + b.Out,
					"LIBREX=" + b.Need(p.librex), "LIBBPF=" + b.Need(p.libbpf), "HEADERS=" + filepath.Join(b.Need(p.kernel), "usr/include"),
				},
				Env: []string{"MAKEFLAGS=", "LC_ALL=C"}, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
			}).Run(ctx)
		},
	}
}

const commandDir = "librex/command"

// Rex: kernel extensions in safe Rust, from a bare machine to a running program.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/magefile/mage/mg"

	"rex/toolchain/command"
	"rex/toolchain/project"
	"rex/toolchain/report"
	"rex/toolchain/stage"
	"rex/toolchain/vm"
)

// Setup makes everything up to a ready toolchain: host packages, sources, kernel, compiler, libraries.
func Setup(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return build(ctx, p, p.All()...) })
}

// Fetch downloads and verifies the pinned sources.
func Fetch(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Fetch(ctx) })
}

// Run builds sample NAME, or the extension in a folder anywhere, boots the VM, and runs its loader and trigger.
func Run(ctx context.Context, name string,
	memory *string, // of the guest: 512M, 2G
	cpus *string, // of the guest
	append *string, // to the kernel's command line
	disk *string, // an image or a device that the guest may write to; may be repeated
	p *string, // HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated
	kvm *string, // on, off, or auto
	net *bool, // a network, through this machine
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
	features *string, // of its crate, in place of those that sample.toml names: a,b
	gdb *bool, // builds it with debug information, and waits for gdb before the machine's first instruction
	ebpf *bool, // its eBPF twin in place of the extension
) error {
	w := wish(memory, cpus, append, disk, p, nil, kvm, net, debugKernel, nil)
	w.EBPF = ebpf != nil && *ebpf
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if err := useFeatures(p, features); err != nil {
			return err
		}
		p.UseDebugInfo(gdb != nil && *gdb)
		result, err := p.RunSample(ctx, name, w, os.Stdout)
		if err != nil {
			return err
		}
		return exit(result)
	})
}

// Watch builds and runs sample NAME, or the extension in a folder anywhere, whenever a file of it is saved; a VM that has booted waits for it.
func Watch(ctx context.Context, name string,
	memory *string, // of the guest: 512M, 2G
	cpus *string, // of the guest
	append *string, // to the kernel's command line
	disk *string, // an image or a device that the guest may write to; may be repeated
	p *string, // HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated
	kvm *string, // on, off, or auto
	net *bool, // a network, through this machine
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
	features *string, // of its crate, in place of those that sample.toml names: a,b
	ebpf *bool, // its eBPF twin in place of the extension
) error {
	w := wish(memory, cpus, append, disk, p, nil, kvm, net, debugKernel, nil)
	w.EBPF = ebpf != nil && *ebpf
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if err := useFeatures(p, features); err != nil {
			return err
		}
		return p.Watch(ctx, name, w, os.Stdout)
	})
}

// useFeatures passes on what is said of features.
func useFeatures(p *project.Project, features *string) error {
	if features == nil {
		return nil
	}
	return p.UseFeatures(strings.FieldsFunc(*features, func(r rune) bool { return r == ',' || r == ' ' }))
}

// New writes an extension to start from: samples/NAME, or the folder that a path names.
func New(ctx context.Context, name string,
	Type *string, // of its program: tracepoint, kprobe, xdp, tc or perf_event
	loader *string, // the language of its loader: c or rust
) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		return p.New(name, cmp.Or(text(Type), "tracepoint"), cmp.Or(text(loader), "c"))
	})
}

// Lint looks at the form of samples NAME|PATH..., or of all and the runtime: rustfmt, clippy and clang-format, each warning an error.
func Lint(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Lint(ctx, rest) })
}

// Vendor brings the crates that sample NAME, or the extension in a folder anywhere, depends on, from a registry into its folder vendor.
func Vendor(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Vendor(ctx, name) })
}

// Explain shows a rule of the subset, by the number that a refusal of the compiler names: what it refuses, why, and what to write instead.
func Explain(ctx context.Context, rule string) error {
	return with(ctx, func(_ context.Context, p *project.Project) error { return p.Explain(rule, os.Stdout) })
}

// Shell opens a shell in the tools tree: the pinned tools, the checkout for reading, and nothing else of this machine.
func Shell(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.ToolsShell(ctx) })
}

// Test holds the targets that test.
type Test mg.Namespace

// All, for short `mage test`, runs all tests, doing its own set-up; REX_TEST_SHORT=1 runs the fast ones only.
func (Test) All(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Test(ctx) })
}

// Unit checks formatting, runs linters, and the tests that need nothing built.
func (Test) Unit(ctx context.Context) error { return buildNamed(ctx, "tests-unit") }

// Passes runs the tests of the LLVM passes (lit).
func (Test) Passes(ctx context.Context) error { return buildNamed(ctx, "tests-passes") }

// Compiler compiles programs that must be refused, and those that must be accepted.
func (Test) Compiler(ctx context.Context) error { return buildNamed(ctx, "tests-compiler") }

// Examples compiles what the runtime's documentation shows, each example as an extension.
func (Test) Examples(ctx context.Context) error { return buildNamed(ctx, "tests-examples") }

// Librex runs the tests of the loader library.
func (Test) Librex(ctx context.Context) error { return buildNamed(ctx, "tests-librex") }

// Kernel runs kernel/tests in a VM: one line per case, and JUnit.
func (Test) Kernel(ctx context.Context) error {
	return with(ctx, testKernel)
}

// KernelDebug, or `mage test:kernel-debug`, does the same on a kernel with KASAN, lockdep, kmemleak and UBSAN.
func (Test) KernelDebug(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		p.UseDebugKernel()
		return testKernel(ctx, p)
	})
}

// Checker attacks the checker with nothing left out, compares its decoder with three others, and runs what it accepts, samples and mutants, in a
// VM; or FILE..., whoever made them.
func (Test) Checker(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestChecker(ctx, rest, os.Stdout) })
}

// Samples runs all samples with 1, 2 and 4 CPUs, or NAME|PATH..., and writes a table and a JUnit file; `mage test NAME...` is short for it.
func (Test) Samples(ctx context.Context,
	cpus, junit *string,
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		return p.TestSamples(ctx, project.SamplesWish{Names: rest, CPUs: text(cpus), JUnit: text(junit), DebugKernel: debugKernel != nil && *debugKernel}, os.Stdout)
	})
}

// Ci is for continuous integration, here and in repositories of extensions.
type Ci mg.Namespace

// Samples, for short `mage ci`, runs samples NAME|PATH..., or all: JSON lines, JUnit, annotations and a summary on GitHub, and an exit code
// that says what failed.
func (Ci) Samples(ctx context.Context, cpus, junit *string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		err := p.CI(ctx, project.SamplesWish{Names: rest, CPUs: text(cpus), JUnit: text(junit)}, os.Stdout)
		var failure *project.Failure
		if errors.As(err, &failure) {
			return mg.Fatal(failure.Code, failure)
		}
		return err
	})
}

// CacheKey, or `mage ci:cache-key`, prints a key for CI's cache: it changes with what makes the toolchain, and not with extensions.
func (Ci) CacheKey(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		key, err := p.CacheKey(ctx)
		if err == nil {
			fmt.Println(key)
		}
		return err
	})
}

// Faults kills, starves and lies to a small pipeline, and looks whether anything is lost (about 10 minutes).
func (Test) Faults(ctx context.Context) error { return buildNamed(ctx, "tests-faults") }

// Slurm runs jobs on a real cluster of three nodes that it starts on this host.
func (Test) Slurm(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestSlurm(ctx) })
}

// Dist installs the packages of `mage dist` in a Debian with systemd on a disk, boots it with the packaged kernel, upgrades and removes them.
func (Test) Dist(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestDist(ctx) })
}

// Series builds a kernel after each patch of the series, and runs checkpatch on it.
func (Test) Series(ctx context.Context) error { return buildNamed(ctx, "tests-series") }

// Selftests runs Linux's own tests of BPF on a kernel with the patch series and on one without.
func (Test) Selftests(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestSelftests(ctx, os.Stdout) })
}

// Rustc runs rustc's own tests with the Rex compiler and with one that has no patches, and compares.
func (Test) Rustc(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestRustc(ctx) })
}

// Hosts does what README says on several machines, as an ordinary user; REX_TEST_SHORT=1 leaves out the one from an empty cache.
func (Test) Hosts(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.TestHosts(ctx) })
}

func testKernel(ctx context.Context, p *project.Project) error {
	result, err := p.TestKernel(ctx, os.Stdout)
	if err != nil {
		return err
	}
	return exit(result)
}

// Bench holds the targets that measure.
type Bench mg.Namespace

// Runtime, or `mage bench:samples`, compares what samples do with eBPF programs that do the same, in instructions.
func (Bench) Runtime(ctx context.Context,
	json *string, // a file for the figures
	svg *string, // a file for a picture of them
	samples *string, // a file for what each sample costs, which is measured then, too
	kvm *bool, // nanoseconds on the host's own processor, in place of instructions
) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		result, races, err := p.BenchRuntime(ctx, kvm != nil && *kvm, os.Stdout)
		if err != nil {
			return err
		}
		compiled, err := p.BenchCompile(ctx)
		if err != nil {
			return err
		}
		fmt.Println(compiled)
		races = append(races, compiled)
		if samples != nil {
			all, err := p.BenchSamples(ctx)
			if err != nil {
				return err
			}
			if commit, ok := report.Commit(all); ok {
				fmt.Println(commit)
				races = append(races, commit)
			}
			if err := errors.Join(report.WriteFigures(os.Stdout, all), report.SaveFigures(*samples, all)); err != nil {
				return err
			}
		}
		if json != nil {
			err = report.SaveRaces(*json, races)
		}
		if svg != nil && err == nil {
			err = report.DrawRaces(*svg, races)
		}
		return errors.Join(err, exit(result))
	})
}

// Listing shows the machine code of PROGRAM of kernel/bench, as Rex and as eBPF have it, with the names of what it calls.
func (Bench) Listing(ctx context.Context, program string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.BenchListing(ctx, program, os.Stdout) })
}

// Build times builds that have nothing to do, against make and ninja, an edit of hello, against cargo alone, and what a registry of results costs and saves.
func (Bench) Build(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if err := p.BenchBuild(ctx, os.Stdout); err != nil {
			return err
		}
		if err := p.BenchEdit(ctx, os.Stdout); err != nil {
			return err
		}
		return p.BenchShare(ctx, os.Stdout)
	})
}

// Aliases are other names of targets.
var Aliases = map[string]any{
	"test": Test.All, "bench:samples": Bench.Runtime, "test:kernel-debug": Test.KernelDebug, "ci": Ci.Samples, "ci:cache-key": Ci.CacheKey,
}

// Why explains whether STAGE would be built, and which input has changed, line by line.
func Why(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		text, err := p.Why(ctx, name)
		if err == nil {
			fmt.Println(text)
		}
		return err
	})
}

// Bisect finds the commit since which samples NAME|PATH... fail, between one that they pass with and one that they fail with.
func Bisect(ctx context.Context,
	good *string, // the revision that they pass with
	bad *string, // the one that they fail with; HEAD, if not given
) error {
	if len(rest) == 0 || good == nil {
		return mg.Fatal(2, "bisect takes samples and a revision that they pass with: mage bisect NAME|PATH... -good=REVISION")
	}
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		return p.Bisect(ctx, *good, cmp.Or(text(bad), "HEAD"), rest, os.Stdout)
	})
}

// Matrix runs samples on kernels with numbers of CPUs, as FILE says (TOML), side by side, and prints a table; with -on=slurm as jobs of a
// cluster.
func Matrix(ctx context.Context, file string, on *string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		m, err := project.ReadMatrix(file)
		switch {
		case err != nil:
			return err
		case on == nil:
			return p.RunMatrix(ctx, m, os.Stdout)
		case *on == "slurm":
			return p.MatrixOnSlurm(ctx, m, os.Stdout)
		}
		return fmt.Errorf("-on=%s: it takes slurm", *on)
	})
}

// Remote does work on a cluster that Slurm runs; results come through $REX_REGISTRY.
type Remote mg.Namespace

// Build builds STAGE, and what it needs that nobody has, as jobs of the cluster.
func (Remote) Build(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		s, err := p.Stage(name)
		if err != nil {
			return err
		}
		return p.RemoteBuild(ctx, s)
	})
}

// Job is what a job of the cluster runs: TASK of the order in FILE.
func (Remote) Job(ctx context.Context, file, order string, task int, word string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.RemoteJob(ctx, file, order, task, word) })
}

// Logs shows the last log of a stage or a machine, or of what was built or run of a sample: mage logs NAME; without a name, lists the last ones.
func Logs(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if len(rest) == 0 {
			return p.Logs("", os.Stdout)
		}
		for _, name := range rest {
			if err := p.Logs(name, os.Stdout); err != nil {
				return err
			}
		}
		return nil
	})
}

// Graph lists all stages: state, time, size and needs. -dot and -svg draw it.
func Graph(ctx context.Context, dot, svg *bool) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		graph, err := p.Graph(ctx)
		if err != nil {
			return err
		}
		write := report.GraphText
		switch {
		case dot != nil && *dot:
			write = report.GraphDOT
		case svg != nil && *svg:
			write = report.GraphSVG
		}
		return write(os.Stdout, graph)
	})
}

// Env prints what to eval to use the tools by hand: eval "$(mage env)".
func Env(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		text, err := p.Environment(ctx)
		fmt.Print(text)
		return err
	})
}

// Completion prints what bash evaluates to complete targets, flags, samples and stages: eval "$(mage completion)".
func Completion(ctx context.Context) error {
	return with(ctx, func(_ context.Context, p *project.Project) error {
		script, err := p.Completion()
		fmt.Print(script)
		return err
	})
}

// Docs makes the documentation in build/docs: all pages as a site with search, and below api/ that of the runtime crate and its macros.
func Docs(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Docs(ctx) })
}

// Dist makes Debian packages, and an archive for other systems, of what the stages have built: build/dist. -version=0.2.0-2 is what they are
// to be called; SOURCE_DATE_EPOCH is the time of their files.
func Dist(ctx context.Context, version *string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Dist(ctx, text(version)) })
}

// Clean removes results, workspaces and logs; downloads stay.
func Clean(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.Clean(ctx) })
}

// Cache is about results, workspaces and downloads.
type Cache mg.Namespace

// Info lists what is in the cache: how big it is, when it was used last, and by which checkout.
func (Cache) Info(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.CacheInfo(ctx, os.Stdout) })
}

// Gc removes what was not used for longest, until the cache takes no more than $REX_CACHE_SIZE.
func (Cache) Gc(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.CollectGarbage(ctx) })
}

// Verify reads all results and downloads; what has changed is set aside and built again.
func (Cache) Verify(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.VerifyCache(ctx) })
}

// Push gives the registry $REX_REGISTRY the current results of this checkout, signed.
func (Cache) Push(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.CachePush(ctx) })
}

// Pull takes from the registry $REX_REGISTRY the results that are not here, if a key in configs/trust has signed them.
func (Cache) Pull(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.CachePull(ctx) })
}

// Deps is about the host's tools.
type Deps mg.Namespace

// Check says which tools stages are built with, why, and what is missing for it.
func (Deps) Check(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.CheckTools(ctx, os.Stdout) })
}

// Install installs what this host lacks for REX_TOOLS=host; as root or with REX_YES=1 without asking.
func (Deps) Install(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		return p.InstallTools(ctx, os.Getenv("REX_YES") == "1")
	})
}

// Build builds single parts, with all that they need.
type Build mg.Namespace

// All builds everything, the samples too.
func (Build) All(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		samples, err := p.Samples()
		if err != nil {
			return err
		}
		return build(ctx, p, append(p.All(), samples...)...)
	})
}

// Kernel builds the patched Linux; with REX_KERNEL_CONFIG=FILE of a configuration of yours, of which it says what it has changed.
func (Build) Kernel(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		s, err := p.Stage("kernel")
		if err != nil {
			return err
		}
		if err := build(ctx, p, s); err != nil {
			return err
		}
		return p.TellConfig()
	})
}

// Libbpf builds libbpf from the kernel's tree.
func (Build) Libbpf(ctx context.Context) error { return buildNamed(ctx, "libbpf") }

// Rustc bootstraps the Rex compiler.
func (Build) Rustc(ctx context.Context) error { return buildNamed(ctx, "rustc") }

// Passes builds the LLVM pass plugin.
func (Build) Passes(ctx context.Context) error { return buildNamed(ctx, "passes") }

// Librex builds the loader library.
func (Build) Librex(ctx context.Context) error { return buildNamed(ctx, "librex") }

// Sample builds sample NAME, or the extension in a folder anywhere; -features=a,b with these features of its crate.
func (Build) Sample(ctx context.Context, name string, features *string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if err := useFeatures(p, features); err != nil {
			return err
		}
		s, _, err := p.Sample(name)
		if err != nil {
			return err
		}
		return build(ctx, p, s)
	})
}

// Shell opens a shell where a stage is built: its inputs and workspace as it sees them, the command lines of its last build in /run/log.
func (Build) Shell(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		s, err := p.Stage(name)
		if err != nil {
			return err
		}
		return p.StageShell(ctx, s)
	})
}

// Check builds a stage once more, elsewhere, and compares the results byte by byte.
func (Build) Check(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		s, err := p.Stage(name)
		if err != nil {
			return err
		}
		return p.CheckBuild(ctx, s)
	})
}

// Vm boots the Rex kernel for people.
type Vm mg.Namespace

// Shell boots the kernel and opens a shell that sees this machine's files as they are, for reading; its exit status is mage's.
func (Vm) Shell(ctx context.Context,
	memory *string, // of the guest: 512M, 2G
	cpus *string, // of the guest
	append *string, // to the kernel's command line
	disk *string, // an image or a device that the guest may write to; may be repeated
	p *string, // HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated
	rw *string, // a directory of this machine that the guest may write to; may be repeated
	kvm *string, // on, off, or auto
	net *bool, // a network, through this machine
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
	ssh *bool, // lets others in beside it; says how
) error {
	return session(ctx, nil, false, wish(memory, cpus, append, disk, p, rw, kvm, net, debugKernel, ssh))
}

// Run boots the kernel and runs a command that sees this machine's files as they are, for reading: mage vm:run -- CMD ARGS...
func (Vm) Run(ctx context.Context,
	memory *string, // of the guest: 512M, 2G
	cpus *string, // of the guest
	append *string, // to the kernel's command line
	disk *string, // an image or a device that the guest may write to; may be repeated
	p *string, // HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated
	rw *string, // a directory of this machine that the guest may write to; may be repeated
	kvm *string, // on, off, or auto
	net *bool, // a network, through this machine
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
	ssh *bool, // lets others in beside it; says how
) error {
	if len(rest) == 0 {
		return mg.Fatal(2, "vm:run takes a command: mage vm:run -- CMD ARGS...; mage vm:shell opens a shell")
	}
	return session(ctx, rest, false, wish(memory, cpus, append, disk, p, rw, kvm, net, debugKernel, ssh))
}

// Debug is like vm:shell, but waits for gdb before the first instruction.
func (Vm) Debug(ctx context.Context,
	memory *string, // of the guest: 512M, 2G
	cpus *string, // of the guest
	append *string, // to the kernel's command line
	disk *string, // an image or a device that the guest may write to; may be repeated
	p *string, // HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated
	rw *string, // a directory of this machine that the guest may write to; may be repeated
	kvm *string, // on, off, or auto
	net *bool, // a network, through this machine
	debugKernel *bool, // the kernel with KASAN, lockdep, kmemleak and UBSAN
	ssh *bool, // lets others in beside it; says how
) error {
	return session(ctx, nil, true, wish(memory, cpus, append, disk, p, rw, kvm, net, debugKernel, ssh))
}

// session ends mage with the command's status, about which there is nothing more to say.
func session(ctx context.Context, args []string, debug bool, w project.Wish) error {
	status := 0
	err := with(ctx, func(ctx context.Context, p *project.Project) error {
		result, err := p.Session(ctx, args, debug, w)
		if err != nil {
			return err
		}
		status = result.Status
		return exit(result)
	})
	if err == nil && status != 0 {
		os.Exit(status)
	}
	return err
}

// Check checks single things.
type Check mg.Namespace

// Object checks the extension FILE, trusting nobody, and describes it: as text, with -json or as -dot for Graphviz.
func (Check) Object(ctx context.Context, file string, json, dot *bool) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		report, err := p.InspectObject(ctx, file)
		if err != nil {
			return err
		}
		write := report.Text
		switch {
		case json != nil && *json:
			write = report.JSON
		case dot != nil && *dot:
			write = report.DOT
		}
		return errors.Join(write(os.Stdout), report.Err())
	})
}

// with opens the project around work that Ctrl-C, SIGTERM, or the death of whoever started it ends.
func with(ctx context.Context, work func(context.Context, *project.Project) error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := command.WithParents(ctx)
	defer cancel()
	p, err := project.Open(ctx, ".")
	if err != nil {
		return err
	}
	defer p.Close()
	err = work(ctx, p)
	if ctx.Err() != nil && err != nil {
		return mg.Fatal(130, err)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return p.DiskFull(err)
	}
	return err
}

func build(ctx context.Context, p *project.Project, stages ...*stage.Stage) error {
	results, err := p.Runner.Run(ctx, stages...)
	if err != nil {
		return err
	}
	return p.Link(results)
}

func buildNamed(ctx context.Context, name string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		s, err := p.Stage(name)
		if err != nil {
			return err
		}
		return build(ctx, p, s)
	})
}

// exit is nil for a run that passed, and otherwise ends mage with the verdict's code.
func exit(r *vm.Result) error {
	if err := r.Err(); err != nil {
		return mg.Fatal(int(r.Verdict), err)
	}
	return nil
}

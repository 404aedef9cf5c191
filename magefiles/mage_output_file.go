//go:build ignore
// +build ignore

package main

import (
	_context "context"
	_flag "flag"
	_fmt "fmt"
	_io "io"
	_log "log"
	_os "os"
	_signal "os/signal"
	_filepath "path/filepath"
	_sort "sort"
	_strconv "strconv"
	_strings "strings"
	_syscall "syscall"
	_tabwriter "text/tabwriter"
	_time "time"
	
)

func main() {
	// Use local types and functions in order to avoid name conflicts with additional magefiles.
	type arguments struct {
		Verbose       bool          // print out log statements
		List          bool          // print out a list of targets
		Help          bool          // print out help for a specific target
		Timeout       _time.Duration // set a timeout to running the targets
		Args          []string      // args contain the non-flag command-line arguments
	}

	parseBool := func(env string) bool {
		val := _os.Getenv(env)
		if val == "" {
			return false
		}		
		b, err := _strconv.ParseBool(val)
		if err != nil {
			_log.Printf("warning: environment variable %s is not a valid bool value: %v", env, val)
			return false
		}
		return b
	}

	parseDuration := func(env string) _time.Duration {
		val := _os.Getenv(env)
		if val == "" {
			return 0
		}		
		d, err := _time.ParseDuration(val)
		if err != nil {
			_log.Printf("warning: environment variable %s is not a valid duration value: %v", env, val)
			return 0
		}
		return d
	}
	args := arguments{}
	fs := _flag.FlagSet{}
	fs.SetOutput(_os.Stdout)

	// default flag set with ExitOnError and auto generated PrintDefaults should be sufficient
	fs.BoolVar(&args.Verbose, "v", parseBool("MAGEFILE_VERBOSE"), "show verbose output when running targets")
	fs.BoolVar(&args.List, "l", parseBool("MAGEFILE_LIST"), "list targets for this binary")
	fs.BoolVar(&args.Help, "h", parseBool("MAGEFILE_HELP"), "print out help for a specific target")
	fs.DurationVar(&args.Timeout, "t", parseDuration("MAGEFILE_TIMEOUT"), "timeout in duration parsable format (e.g. 5m30s)")
	fs.Usage = func() {
		_fmt.Fprintf(_os.Stdout, `
%s [options] [target]

Commands:
  -l    list targets in this binary
  -h    show this help

Options:
  -h    show description of a target
  -t <string>
        timeout in duration parsable format (e.g. 5m30s)
  -v    show verbose output when running targets
 `[1:], _filepath.Base(_os.Args[0]))
	}
	if err := fs.Parse(_os.Args[1:]); err != nil {
		// flag will have printed out an error already.
		return
	}
	args.Args = fs.Args()
	if args.Help && len(args.Args) == 0 {
		fs.Usage()
		return
	}
		
	var printName = func(str string) string {
	// color is ANSI color type
	type color int

	// If you add/change/remove any items in this constant,
	// you will need to run "stringer -type=color" in this directory again.
	// NOTE: Please keep the list in an alphabetical order.
	const (
		black color = iota
		red
		green
		yellow
		blue
		magenta
		cyan
		white
		brightblack
		brightred
		brightgreen
		brightyellow
		brightblue
		brightmagenta
		brightcyan
		brightwhite
	)

	// AnsiColor are ANSI color codes for supported terminal colors.
	var ansiColor = map[color]string{
		black:         "\u001b[30m",
		red:           "\u001b[31m",
		green:         "\u001b[32m",
		yellow:        "\u001b[33m",
		blue:          "\u001b[34m",
		magenta:       "\u001b[35m",
		cyan:          "\u001b[36m",
		white:         "\u001b[37m",
		brightblack:   "\u001b[30;1m",
		brightred:     "\u001b[31;1m",
		brightgreen:   "\u001b[32;1m",
		brightyellow:  "\u001b[33;1m",
		brightblue:    "\u001b[34;1m",
		brightmagenta: "\u001b[35;1m",
		brightcyan:    "\u001b[36;1m",
		brightwhite:   "\u001b[37;1m",
	}

	const colorName = "blackredgreenyellowbluemagentacyanwhitebrightblackbrightredbrightgreenbrightyellowbrightbluebrightmagentabrightcyanbrightwhite"

	var colorIndex = [...]uint8{0, 5, 8, 13, 19, 23, 30, 34, 39, 50, 59, 70, 82, 92, 105, 115, 126}

	colorToLowerString := func(i color) string {
		if i < 0 || i >= color(len(colorIndex)-1) {
			return "color(" + _strconv.FormatInt(int64(i), 10) + ")"
		}
		return colorName[colorIndex[i]:colorIndex[i+1]]
	}

	// ansiColorReset is an ANSI color code to reset the terminal color.
	const ansiColorReset = "\033[0m"

	// defaultTargetAnsiColor is a default ANSI color for colorizing targets.
	// It is set to Cyan as an arbitrary color, because it has a neutral meaning
	var defaultTargetAnsiColor = ansiColor[cyan]

	getAnsiColor := func(color string) (string, bool) {
		colorLower := _strings.ToLower(color)
		for k, v := range ansiColor {
			colorConstLower := colorToLowerString(k)
			if colorConstLower == colorLower {
				return v, true
			}
		}
		return "", false
	}

	// Terminals which  don't support color:
	//
	//	TERM=vt100
	//	TERM=cygwin
	//	TERM=xterm-mono
	var noColorTerms = map[string]bool{
		"vt100":      false,
		"cygwin":     false,
		"xterm-mono": false,
	}

	// terminalSupportsColor checks if the current console supports color output
	//
	// Supported:
	//
	//	linux, mac, or windows's ConEmu, Cmder, putty, git-bash.exe, pwsh.exe
	//
	// Not supported:
	//
	//	windows cmd.exe, powerShell.exe
	terminalSupportsColor := func() bool {
		envTerm := _os.Getenv("TERM")
		if _, ok := noColorTerms[envTerm]; ok {
			return false
		}
		return true
	}

	// enableColor reports whether the user has requested to enable a color output.
	enableColor := func() bool {
		b, _ := _strconv.ParseBool(_os.Getenv("MAGEFILE_ENABLE_COLOR"))
		return b
	}

	// targetColor returns the ANSI color which should be used to colorize targets.
	targetColor := func() string {
		s, exists := _os.LookupEnv("MAGEFILE_TARGET_COLOR")
		if exists {
			if c, ok := getAnsiColor(s); ok {
				return c
			}
		}
		return defaultTargetAnsiColor
	}

	// store the color terminal variables, so that the detection isn't repeated for each target
	var enableColorValue = enableColor() && terminalSupportsColor()
	var targetColorValue = targetColor()

	if enableColorValue {
		return _fmt.Sprintf("%s%s%s", targetColorValue, str, ansiColorReset)
	}

	return str
}


	list := func() error {
		_fmt.Println(`Rex: kernel extensions in safe Rust, from a bare machine to a running program.
`)
		targets := map[string]string{
			"bench:build": "times builds that have nothing to do, against make and ninja, an edit of hello, against cargo alone, and what a registry of results costs and saves.",
			"bench:runtime": "Runtime, or 'mage bench:samples', compares what samples do with eBPF programs that do the same, in instructions.",
			"build:all": "builds everything, the samples too.",
			"build:check": "builds a stage once more, elsewhere, and compares the results byte by byte.",
			"build:kernel": "builds the patched Linux.",
			"build:libbpf": "builds libbpf from the kernel's tree.",
			"build:librex": "builds the loader library.",
			"build:passes": "builds the LLVM pass plugin.",
			"build:rustc": "bootstraps the Rex compiler.",
			"build:sample": "builds sample NAME, or the extension in a folder anywhere; -features=a,b with these features of its crate.",
			"build:shell": "opens a shell where a stage is built: its inputs and workspace as it sees them, the command lines of its last build in /run/log.",
			"cache:gc": "removes what was not used for longest, until the cache takes no more than $REX_CACHE_SIZE.",
			"cache:info": "lists what is in the cache: how big it is, when it was used last, and by which checkout.",
			"cache:pull": "takes from the registry $REX_REGISTRY the results that are not here, if a key in configs/trust has signed them.",
			"cache:push": "gives the registry $REX_REGISTRY the current results of this checkout, signed.",
			"cache:verify": "reads all results and downloads; what has changed is set aside and built again.",
			"check:object": "checks the extension FILE, trusting nobody, and describes it: as text, with -json or as -dot for Graphviz.",
			"ci:cacheKey": "CacheKey, or 'mage ci:cache-key', prints a key for CI's cache: it changes with what makes the toolchain, and not with extensions.",
			"ci:samples": "Samples, for short 'mage ci', runs samples NAME|PATH..., or all: JSON lines, JUnit, annotations and a summary on GitHub, and an exit code that says what failed.",
			"clean": "removes results, workspaces and logs; downloads stay.",
			"completion": "prints what bash evaluates to complete targets, flags, samples and stages: eval \"$(mage completion)\".",
			"deps:check": "says which tools stages are built with, why, and what is missing for it.",
			"deps:install": "installs what this host lacks for REX_TOOLS=host; as root or with REX_YES=1 without asking.",
			"docs": "makes the documentation in build/docs: all pages as a site with search, and below api/ that of the runtime crate and its macros.",
			"env": "prints what to eval to use the tools by hand: eval \"$(mage env)\".",
			"fetch": "downloads and verifies the pinned sources.",
			"graph": "lists all stages: state, time, size and needs.",
			"lint": "looks at the form of samples NAME|PATH..., or of all and the runtime: rustfmt, clippy and clang-format, each warning an error.",
			"logs": "shows the last log of a stage or a machine, or of what was built or run of a sample: mage logs NAME; without a name, lists the last ones.",
			"matrix": "runs samples on kernels with numbers of CPUs, as FILE says (TOML), side by side, and prints a table; with -on=slurm as jobs of a cluster.",
			"new": "writes an extension to start from: samples/NAME, or the folder that a path names.",
			"pins:fetch": "brings COMPONENT into the cache, such as upstream-linux, which the build does not need.",
			"pins:mirror": "writes all sources to DIR, as a mirror for machines without a network.",
			"pins:update": "measures COMPONENT anew and rewrites its digests, after a change of its version or origins; COMPONENT tools finds the packages of the tools tree anew, and all does it all and tells what does not fit.",
			"pins:verify": "asks every origin of every source for what is pinned.",
			"remote:build": "builds STAGE, and what it needs that nobody has, as jobs of the cluster.",
			"remote:job": "is what a job of the cluster runs: TASK of the order in FILE.",
			"run": "builds sample NAME, or the extension in a folder anywhere, boots the VM, and runs its loader and trigger.",
			"setup": "makes everything up to a ready toolchain: host packages, sources, kernel, compiler, libraries.",
			"shell": "opens a shell in the tools tree: the pinned tools, the checkout for reading, and nothing else of this machine.",
			"test:all": "All, for short 'mage test', runs all tests, doing its own set-up; REX_TEST_SHORT=1 runs the fast ones only.",
			"test:checker": "attacks the checker with nothing left out, compares its decoder with three others, and runs what it accepts, samples and mutants, in a VM; or FILE..., whoever made them.",
			"test:compiler": "compiles programs that must be refused, and those that must be accepted.",
			"test:faults": "kills, starves and lies to a small pipeline, and looks whether anything is lost (about 10 minutes).",
			"test:hosts": "does what README says on several machines, as an ordinary user; REX_TEST_SHORT=1 leaves out the one from an empty cache.",
			"test:kernel": "runs kernel/tests in a VM: one line per case, and JUnit.",
			"test:kernelDebug": "KernelDebug, or 'mage test:kernel-debug', does the same on a kernel with KASAN, lockdep, kmemleak and UBSAN.",
			"test:librex": "runs the tests of the loader library.",
			"test:passes": "runs the tests of the LLVM passes (lit).",
			"test:rustc": "runs rustc's own tests with the Rex compiler and with one that has no patches, and compares.",
			"test:samples": "runs all samples with 1, 2 and 4 CPUs, or NAME|PATH..., and writes a table and a JUnit file; 'mage test NAME...' is short for it.",
			"test:selftests": "runs Linux's own tests of BPF on a kernel with the patch series and on one without.",
			"test:series": "builds a kernel after each patch of the series, and runs checkpatch on it.",
			"test:slurm": "runs jobs on a real cluster of three nodes that it starts on this host.",
			"test:unit": "checks formatting, runs linters, and the tests that need nothing built.",
			"tools:image": "writes the tools tree, with Go, as a container image to the OCI image layout in DIR: for CI jobs and dev containers.",
			"vendor": "brings the crates that sample NAME, or the extension in a folder anywhere, depends on, from a registry into its folder vendor.",
			"vm:debug": "is like vm:shell, but waits for gdb before the first instruction.",
			"vm:run": "boots the kernel and runs a command that sees this machine's files as they are, for reading: mage vm:run -- CMD ARGS...",
			"vm:shell": "boots the kernel and opens a shell that sees this machine's files as they are, for reading; its exit status is mage's.",
			"watch": "builds and runs sample NAME, or the extension in a folder anywhere, whenever a file of it is saved; a VM that has booted waits for it.",
			"why": "explains whether STAGE would be built, and which input has changed, line by line.",
		}

		keys := make([]string, 0, len(targets))
		for name := range targets {
			keys = append(keys, name)
		}
		_sort.Strings(keys)

		_fmt.Println("Targets:")
		w := _tabwriter.NewWriter(_os.Stdout, 0, 4, 4, ' ', 0)
		for _, name := range keys {
			_fmt.Fprintf(w, "  %v\t%v\n", printName(name), targets[name])
		}
		err := w.Flush()
		return err
	}

	var ctx _context.Context
	ctxCancel := func(){}

	// by deferring in a closure, we let the cancel function get replaced
	// by the getContext function.
	defer func() {
		ctxCancel()
	}()

	getContext := func() (_context.Context, func()) {
		if ctx == nil {
			if args.Timeout != 0 {
				ctx, ctxCancel = _context.WithTimeout(_context.Background(), args.Timeout)
			} else {
				ctx, ctxCancel = _context.WithCancel(_context.Background())
			}
		}

		return ctx, ctxCancel
	}

	runTarget := func(logger *_log.Logger, fn func(_context.Context) error) interface{} {
		var err interface{}
		ctx, cancel := getContext()
		d := make(chan interface{})
		go func() {
			defer func() {
				err := recover()
				d <- err
			}()
			err := fn(ctx)
			d <- err
		}()
		sigCh := make(chan _os.Signal, 1)
		_signal.Notify(sigCh, _syscall.SIGINT)
		select {
		case <-sigCh:
			logger.Println("cancelling mage targets, waiting up to 5 seconds for cleanup...")
			cancel()
			cleanupCh := _time.After(5 * _time.Second)

			select {
			// target exited by itself
			case err = <-d:
				return err
			// cleanup timeout exceeded
			case <-cleanupCh:
				return _fmt.Errorf("cleanup timeout exceeded")
			// second SIGINT received
			case <-sigCh:
				logger.Println("exiting mage")
				return _fmt.Errorf("exit forced")
			}
		case <-ctx.Done():
			cancel()
			e := ctx.Err()
			_fmt.Printf("ctx err: %v\n", e)
			return e
		case err = <-d:
			// we intentionally don't cancel the context here, because
			// the next target will need to run with the same _context.
			return err
		}
	}
	// This is necessary in case there aren't any targets, to avoid an unused
	// variable error.
	_ = runTarget

	handleError := func(logger *_log.Logger, err interface{}) {
		if err != nil {
			logger.Printf("Error: %+v\n", err)
			type code interface {
				ExitStatus() int
			}
			if c, ok := err.(code); ok {
				_os.Exit(c.ExitStatus())
			}
			_os.Exit(1)
		}
	}
	_ = handleError

	// Set MAGEFILE_VERBOSE so mg.Verbose() reflects the flag value.
	if args.Verbose {
		_os.Setenv("MAGEFILE_VERBOSE", "1")
	} else {
		_os.Setenv("MAGEFILE_VERBOSE", "0")
	}

	_log.SetFlags(0)
	if !args.Verbose {
		_log.SetOutput(_io.Discard)
	}
	logger := _log.New(_os.Stderr, "", 0)
	if args.List {
		if err := list(); err != nil {
			_log.Println(err)
			_os.Exit(1)
		}
		return
	}

	if args.Help {
		if len(args.Args) < 1 {
			logger.Println("no target specified")
			_os.Exit(2)
		}
		switch _strings.ToLower(args.Args[0]) {
			case "bench:build":
				_fmt.Println("Build times builds that have nothing to do, against make and ninja, an edit of hello, against cargo alone, and what a registry of results costs and saves.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage bench:build\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "bench:runtime":
				_fmt.Println("Runtime, or 'mage bench:samples', compares what samples do with eBPF programs that do the same, in instructions.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage bench:runtime [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-json=<string>  a file for the figures\n\t-svg=<string>   a file for a picture of them\n\n")
				var aliases []string
				aliases = append(aliases, "bench:samples")
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:all":
				_fmt.Println("All builds everything, the samples too.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:all\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:check":
				_fmt.Println("Check builds a stage once more, elsewhere, and compares the results byte by byte.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:check <name>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:kernel":
				_fmt.Println("Kernel builds the patched Linux.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:kernel\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:libbpf":
				_fmt.Println("Libbpf builds libbpf from the kernel's tree.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:libbpf\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:librex":
				_fmt.Println("Librex builds the loader library.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:librex\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:passes":
				_fmt.Println("Passes builds the LLVM pass plugin.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:passes\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:rustc":
				_fmt.Println("Rustc bootstraps the Rex compiler.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:rustc\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:sample":
				_fmt.Println("Sample builds sample NAME, or the extension in a folder anywhere; -features=a,b with these features of its crate.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:sample <name> [-features=<string>]\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "build:shell":
				_fmt.Println("Shell opens a shell where a stage is built: its inputs and workspace as it sees them, the command lines of its last build in /run/log.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage build:shell <name>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "cache:gc":
				_fmt.Println("Gc removes what was not used for longest, until the cache takes no more than $REX_CACHE_SIZE.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage cache:gc\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "cache:info":
				_fmt.Println("Info lists what is in the cache: how big it is, when it was used last, and by which checkout.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage cache:info\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "cache:pull":
				_fmt.Println("Pull takes from the registry $REX_REGISTRY the results that are not here, if a key in configs/trust has signed them.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage cache:pull\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "cache:push":
				_fmt.Println("Push gives the registry $REX_REGISTRY the current results of this checkout, signed.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage cache:push\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "cache:verify":
				_fmt.Println("Verify reads all results and downloads; what has changed is set aside and built again.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage cache:verify\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "check:object":
				_fmt.Println("Object checks the extension FILE, trusting nobody, and describes it: as text, with -json or as -dot for Graphviz.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage check:object <file> [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-json=<bool>\n\t-dot=<bool>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "ci:cachekey":
				_fmt.Println("CacheKey, or 'mage ci:cache-key', prints a key for CI's cache: it changes with what makes the toolchain, and not with extensions.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage ci:cachekey\n\n")
				var aliases []string
				
				
				aliases = append(aliases, "ci:cache-key")
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "ci:samples":
				_fmt.Println("Samples, for short 'mage ci', runs samples NAME|PATH..., or all: JSON lines, JUnit, annotations and a summary on GitHub, and an exit code that says what failed.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage ci:samples [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-cpus=<string>\n\t-junit=<string>\n\n")
				var aliases []string
				
				aliases = append(aliases, "ci")
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "clean":
				_fmt.Println("Clean removes results, workspaces and logs; downloads stay.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage clean\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "completion":
				_fmt.Println("Completion prints what bash evaluates to complete targets, flags, samples and stages: eval \"$(mage completion)\".")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage completion\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "deps:check":
				_fmt.Println("Check says which tools stages are built with, why, and what is missing for it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage deps:check\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "deps:install":
				_fmt.Println("Install installs what this host lacks for REX_TOOLS=host; as root or with REX_YES=1 without asking.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage deps:install\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "docs":
				_fmt.Println("Docs makes the documentation in build/docs: all pages as a site with search, and below api/ that of the runtime crate and its macros.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage docs\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "env":
				_fmt.Println("Env prints what to eval to use the tools by hand: eval \"$(mage env)\".")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage env\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "fetch":
				_fmt.Println("Fetch downloads and verifies the pinned sources.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage fetch\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "graph":
				_fmt.Println("Graph lists all stages: state, time, size and needs. -dot and -svg draw it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage graph [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-dot=<bool>\n\t-svg=<bool>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "lint":
				_fmt.Println("Lint looks at the form of samples NAME|PATH..., or of all and the runtime: rustfmt, clippy and clang-format, each warning an error.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage lint\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "logs":
				_fmt.Println("Logs shows the last log of a stage or a machine, or of what was built or run of a sample: mage logs NAME; without a name, lists the last ones.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage logs\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "matrix":
				_fmt.Println("Matrix runs samples on kernels with numbers of CPUs, as FILE says (TOML), side by side, and prints a table; with -on=slurm as jobs of a cluster.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage matrix <file> [-on=<string>]\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "new":
				_fmt.Println("New writes an extension to start from: samples/NAME, or the folder that a path names.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage new <name> [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-Type=<string>    of its program: tracepoint, kprobe, xdp, tc or perf_event\n\t-loader=<string>  the language of its loader: c or rust\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "pins:fetch":
				_fmt.Println("Fetch brings COMPONENT into the cache, such as upstream-linux, which the build does not need.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage pins:fetch <component>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "pins:mirror":
				_fmt.Println("Mirror writes all sources to DIR, as a mirror for machines without a network.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage pins:mirror <dir>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "pins:update":
				_fmt.Println("Update measures COMPONENT anew and rewrites its digests, after a change of its version or origins; COMPONENT tools finds the packages of the tools tree anew, and all does it all and tells what does not fit.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage pins:update <component>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "pins:verify":
				_fmt.Println("Verify asks every origin of every source for what is pinned.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage pins:verify\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "remote:build":
				_fmt.Println("Build builds STAGE, and what it needs that nobody has, as jobs of the cluster.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage remote:build <name>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "remote:job":
				_fmt.Println("Job is what a job of the cluster runs: TASK of the order in FILE.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage remote:job <file> <order> <task> <word>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "run":
				_fmt.Println("Run builds sample NAME, or the extension in a folder anywhere, boots the VM, and runs its loader and trigger.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage run <name> [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-memory=<string>     of the guest: 512M, 2G\n\t-cpus=<string>       of the guest\n\t-append=<string>     to the kernel's command line\n\t-disk=<string>       an image or a device that the guest may write to; may be repeated\n\t-p=<string>          HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated\n\t-kvm=<string>        on, off, or auto\n\t-net=<bool>          a network, through this machine\n\t-debugKernel=<bool>  the kernel with KASAN, lockdep, kmemleak and UBSAN\n\t-features=<string>   of its crate, in place of those that sample.toml names: a,b\n\t-gdb=<bool>          builds it with debug information, and waits for gdb before the machine's first instruction\n\t-ebpf=<bool>         its eBPF twin in place of the extension\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "setup":
				_fmt.Println("Setup makes everything up to a ready toolchain: host packages, sources, kernel, compiler, libraries.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage setup\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "shell":
				_fmt.Println("Shell opens a shell in the tools tree: the pinned tools, the checkout for reading, and nothing else of this machine.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage shell\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:all":
				_fmt.Println("All, for short 'mage test', runs all tests, doing its own set-up; REX_TEST_SHORT=1 runs the fast ones only.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:all\n\n")
				var aliases []string
				
				
				
				aliases = append(aliases, "test")
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:checker":
				_fmt.Println("Checker attacks the checker with nothing left out, compares its decoder with three others, and runs what it accepts, samples and mutants, in a VM; or FILE..., whoever made them.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:checker\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:compiler":
				_fmt.Println("Compiler compiles programs that must be refused, and those that must be accepted.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:compiler\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:faults":
				_fmt.Println("Faults kills, starves and lies to a small pipeline, and looks whether anything is lost (about 10 minutes).")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:faults\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:hosts":
				_fmt.Println("Hosts does what README says on several machines, as an ordinary user; REX_TEST_SHORT=1 leaves out the one from an empty cache.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:hosts\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:kernel":
				_fmt.Println("Kernel runs kernel/tests in a VM: one line per case, and JUnit.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:kernel\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:kerneldebug":
				_fmt.Println("KernelDebug, or 'mage test:kernel-debug', does the same on a kernel with KASAN, lockdep, kmemleak and UBSAN.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:kerneldebug\n\n")
				var aliases []string
				
				
				
				
				aliases = append(aliases, "test:kernel-debug")
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:librex":
				_fmt.Println("Librex runs the tests of the loader library.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:librex\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:passes":
				_fmt.Println("Passes runs the tests of the LLVM passes (lit).")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:passes\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:rustc":
				_fmt.Println("Rustc runs rustc's own tests with the Rex compiler and with one that has no patches, and compares.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:rustc\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:samples":
				_fmt.Println("Samples runs all samples with 1, 2 and 4 CPUs, or NAME|PATH..., and writes a table and a JUnit file; 'mage test NAME...' is short for it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:samples [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-cpus=<string>\n\t-junit=<string>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:selftests":
				_fmt.Println("Selftests runs Linux's own tests of BPF on a kernel with the patch series and on one without.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:selftests\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:series":
				_fmt.Println("Series builds a kernel after each patch of the series, and runs checkpatch on it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:series\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:slurm":
				_fmt.Println("Slurm runs jobs on a real cluster of three nodes that it starts on this host.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:slurm\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "test:unit":
				_fmt.Println("Unit checks formatting, runs linters, and the tests that need nothing built.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage test:unit\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "tools:image":
				_fmt.Println("Image writes the tools tree, with Go, as a container image to the OCI image layout in DIR: for CI jobs and dev containers.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage tools:image <dir>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "vendor":
				_fmt.Println("Vendor brings the crates that sample NAME, or the extension in a folder anywhere, depends on, from a registry into its folder vendor.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage vendor <name>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "vm:debug":
				_fmt.Println("Debug is like vm:shell, but waits for gdb before the first instruction.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage vm:debug [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-memory=<string>     of the guest: 512M, 2G\n\t-cpus=<string>       of the guest\n\t-append=<string>     to the kernel's command line\n\t-disk=<string>       an image or a device that the guest may write to; may be repeated\n\t-p=<string>          HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated\n\t-rw=<string>         a directory of this machine that the guest may write to; may be repeated\n\t-kvm=<string>        on, off, or auto\n\t-net=<bool>          a network, through this machine\n\t-debugKernel=<bool>  the kernel with KASAN, lockdep, kmemleak and UBSAN\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "vm:run":
				_fmt.Println("Run boots the kernel and runs a command that sees this machine's files as they are, for reading: mage vm:run -- CMD ARGS...")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage vm:run [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-memory=<string>     of the guest: 512M, 2G\n\t-cpus=<string>       of the guest\n\t-append=<string>     to the kernel's command line\n\t-disk=<string>       an image or a device that the guest may write to; may be repeated\n\t-p=<string>          HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated\n\t-rw=<string>         a directory of this machine that the guest may write to; may be repeated\n\t-kvm=<string>        on, off, or auto\n\t-net=<bool>          a network, through this machine\n\t-debugKernel=<bool>  the kernel with KASAN, lockdep, kmemleak and UBSAN\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "vm:shell":
				_fmt.Println("Shell boots the kernel and opens a shell that sees this machine's files as they are, for reading; its exit status is mage's.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage vm:shell [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-memory=<string>     of the guest: 512M, 2G\n\t-cpus=<string>       of the guest\n\t-append=<string>     to the kernel's command line\n\t-disk=<string>       an image or a device that the guest may write to; may be repeated\n\t-p=<string>          HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated\n\t-rw=<string>         a directory of this machine that the guest may write to; may be repeated\n\t-kvm=<string>        on, off, or auto\n\t-net=<bool>          a network, through this machine\n\t-debugKernel=<bool>  the kernel with KASAN, lockdep, kmemleak and UBSAN\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "watch":
				_fmt.Println("Watch builds and runs sample NAME, or the extension in a folder anywhere, whenever a file of it is saved; a VM that has booted waits for it.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage watch <name> [<flags>]\n\n")
				_fmt.Print("Flags:\n\n\t-memory=<string>     of the guest: 512M, 2G\n\t-cpus=<string>       of the guest\n\t-append=<string>     to the kernel's command line\n\t-disk=<string>       an image or a device that the guest may write to; may be repeated\n\t-p=<string>          HOST:GUEST, a TCP port of this machine that leads into the guest; may be repeated\n\t-kvm=<string>        on, off, or auto\n\t-net=<bool>          a network, through this machine\n\t-debugKernel=<bool>  the kernel with KASAN, lockdep, kmemleak and UBSAN\n\t-features=<string>   of its crate, in place of those that sample.toml names: a,b\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			case "why":
				_fmt.Println("Why explains whether STAGE would be built, and which input has changed, line by line.")
				_fmt.Println()
				
				_fmt.Print("Usage:\n\n\tmage why <name>\n\n")
				var aliases []string
				
				
				
				
				
				if len(aliases) > 0 {
					_sort.Strings(aliases)
					_fmt.Printf("Aliases: %s\n\n", _strings.Join(aliases, ", "))
				}
				return
			default:
				logger.Printf("Unknown target: %q\n", args.Args[0])
				_os.Exit(2)
		}
	}
	if len(args.Args) < 1 {
		if err := list(); err != nil {
			logger.Println("Error:", err)
			_os.Exit(1)
		}
		return
	}
	for x := 0; x < len(args.Args); {
		target := args.Args[x]
		x++

		// resolve aliases
		switch _strings.ToLower(target) {
		
			case "bench:samples":
				target = "Bench:Runtime"
			case "ci":
				target = "Ci:Samples"
			case "ci:cache-key":
				target = "Ci:CacheKey"
			case "test":
				target = "Test:All"
			case "test:kernel-debug":
				target = "Test:KernelDebug"
		}

		switch _strings.ToLower(target) {
		
			case "bench:build":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Bench:Build\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Bench:Build")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Bench{}.Build(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "bench:runtime":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Bench:Runtime\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Bench:Runtime")
				}
				
				var arg0 *string
				var arg1 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"Bench:Runtime\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "json":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "svg":
						_tmp1 := _optVal
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Bench:Runtime\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Bench{}.Runtime(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:all":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:All\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:All")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.All(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:check":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Check\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Check")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Check(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:kernel":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Kernel\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Kernel")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Kernel(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:libbpf":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Libbpf\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Libbpf")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Libbpf(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:librex":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Librex\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Librex")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Librex(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:passes":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Passes\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Passes")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Passes(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:rustc":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Rustc\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Rustc")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Rustc(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:sample":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Sample\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Sample")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"Build:Sample\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "features":
						_tmp1 := _optVal
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Build:Sample\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Sample(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "build:shell":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Build:Shell\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Build:Shell")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Build{}.Shell(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "cache:gc":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Cache:Gc\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Cache:Gc")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Cache{}.Gc(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "cache:info":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Cache:Info\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Cache:Info")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Cache{}.Info(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "cache:pull":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Cache:Pull\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Cache:Pull")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Cache{}.Pull(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "cache:push":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Cache:Push\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Cache:Push")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Cache{}.Push(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "cache:verify":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Cache:Verify\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Cache:Verify")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Cache{}.Verify(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "check:object":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Check:Object\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Check:Object")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *bool
				var arg2 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "json":
							_optVal = "true"
						case "dot":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Check:Object\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "json":
						_tmp1, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg1 = &_tmp1
					case "dot":
						_tmp2, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg2 = &_tmp2
					default:
						logger.Printf("unknown option %q for target \"Check:Object\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Check{}.Object(ctx, arg0, arg1, arg2)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "ci:cachekey":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Ci:CacheKey\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Ci:CacheKey")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Ci{}.CacheKey(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "ci:samples":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Ci:Samples\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Ci:Samples")
				}
				
				var arg0 *string
				var arg1 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"Ci:Samples\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "cpus":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "junit":
						_tmp1 := _optVal
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Ci:Samples\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Ci{}.Samples(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "clean":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Clean\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Clean")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Clean(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "completion":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Completion\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Completion")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Completion(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "deps:check":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Deps:Check\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Deps:Check")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Deps{}.Check(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "deps:install":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Deps:Install\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Deps:Install")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Deps{}.Install(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "docs":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Docs\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Docs")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Docs(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "env":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Env\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Env")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Env(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "fetch":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Fetch\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Fetch")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Fetch(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "graph":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Graph\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Graph")
				}
				
				var arg0 *bool
				var arg1 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "dot":
							_optVal = "true"
						case "svg":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Graph\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "dot":
						_tmp0, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg0 = &_tmp0
					case "svg":
						_tmp1, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Graph\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Graph(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "lint":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Lint\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Lint")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Lint(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "logs":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Logs\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Logs")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Logs(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "matrix":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Matrix\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Matrix")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"Matrix\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "on":
						_tmp1 := _optVal
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Matrix\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Matrix(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "new":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"New\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "New")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *string
				var arg2 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"New\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "type":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "loader":
						_tmp2 := _optVal
						arg2 = &_tmp2
					default:
						logger.Printf("unknown option %q for target \"New\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return New(ctx, arg0, arg1, arg2)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "pins:fetch":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Pins:Fetch\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Pins:Fetch")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Pins{}.Fetch(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "pins:mirror":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Pins:Mirror\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Pins:Mirror")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Pins{}.Mirror(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "pins:update":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Pins:Update\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Pins:Update")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Pins{}.Update(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "pins:verify":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Pins:Verify\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Pins:Verify")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Pins{}.Verify(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "remote:build":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Remote:Build\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Remote:Build")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Remote{}.Build(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "remote:job":
				expected := x + 4
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Remote:Job\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Remote:Job")
				}
				
			arg0 := args.Args[x]
			x++
			arg1 := args.Args[x]
			x++
				arg2, err := _strconv.Atoi(args.Args[x])
				if err != nil {
					logger.Printf("can't convert argument %q to int\n", args.Args[x])
					_os.Exit(2)
				}
				x++
			arg3 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Remote{}.Job(ctx, arg0, arg1, arg2, arg3)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "run":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Run\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Run")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *string
				var arg2 *string
				var arg3 *string
				var arg4 *string
				var arg5 *string
				var arg6 *string
				var arg7 *bool
				var arg8 *bool
				var arg9 *string
				var arg10 *bool
				var arg11 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "net":
							_optVal = "true"
						case "debugkernel":
							_optVal = "true"
						case "gdb":
							_optVal = "true"
						case "ebpf":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Run\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "memory":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "cpus":
						_tmp2 := _optVal
						arg2 = &_tmp2
					case "append":
						_tmp3 := _optVal
						arg3 = &_tmp3
					case "disk":
						_tmp4 := _optVal
						arg4 = &_tmp4
					case "p":
						_tmp5 := _optVal
						arg5 = &_tmp5
					case "kvm":
						_tmp6 := _optVal
						arg6 = &_tmp6
					case "net":
						_tmp7, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg7 = &_tmp7
					case "debugkernel":
						_tmp8, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg8 = &_tmp8
					case "features":
						_tmp9 := _optVal
						arg9 = &_tmp9
					case "gdb":
						_tmp10, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg10 = &_tmp10
					case "ebpf":
						_tmp11, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg11 = &_tmp11
					default:
						logger.Printf("unknown option %q for target \"Run\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Run(ctx, arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8, arg9, arg10, arg11)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "setup":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Setup\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Setup")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Setup(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "shell":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Shell\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Shell")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Shell(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:all":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:All\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:All")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.All(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:checker":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Checker\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Checker")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Checker(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:compiler":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Compiler\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Compiler")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Compiler(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:faults":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Faults\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Faults")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Faults(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:hosts":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Hosts\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Hosts")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Hosts(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:kernel":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Kernel\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Kernel")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Kernel(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:kerneldebug":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:KernelDebug\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:KernelDebug")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.KernelDebug(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:librex":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Librex\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Librex")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Librex(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:passes":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Passes\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Passes")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Passes(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:rustc":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Rustc\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Rustc")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Rustc(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:samples":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Samples\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Samples")
				}
				
				var arg0 *string
				var arg1 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						default:
							logger.Printf("invalid option %q for target \"Test:Samples\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "cpus":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "junit":
						_tmp1 := _optVal
						arg1 = &_tmp1
					default:
						logger.Printf("unknown option %q for target \"Test:Samples\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Samples(ctx, arg0, arg1)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:selftests":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Selftests\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Selftests")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Selftests(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:series":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Series\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Series")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Series(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:slurm":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Slurm\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Slurm")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Slurm(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "test:unit":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Test:Unit\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Test:Unit")
				}
				
				wrapFn := func(ctx _context.Context) error {
					return Test{}.Unit(ctx)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "tools:image":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Tools:Image\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Tools:Image")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Tools{}.Image(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "vendor":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Vendor\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Vendor")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Vendor(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "vm:debug":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Vm:Debug\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Vm:Debug")
				}
				
				var arg0 *string
				var arg1 *string
				var arg2 *string
				var arg3 *string
				var arg4 *string
				var arg5 *string
				var arg6 *string
				var arg7 *bool
				var arg8 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "net":
							_optVal = "true"
						case "debugkernel":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Vm:Debug\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "memory":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "cpus":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "append":
						_tmp2 := _optVal
						arg2 = &_tmp2
					case "disk":
						_tmp3 := _optVal
						arg3 = &_tmp3
					case "p":
						_tmp4 := _optVal
						arg4 = &_tmp4
					case "rw":
						_tmp5 := _optVal
						arg5 = &_tmp5
					case "kvm":
						_tmp6 := _optVal
						arg6 = &_tmp6
					case "net":
						_tmp7, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg7 = &_tmp7
					case "debugkernel":
						_tmp8, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg8 = &_tmp8
					default:
						logger.Printf("unknown option %q for target \"Vm:Debug\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Vm{}.Debug(ctx, arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "vm:run":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Vm:Run\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Vm:Run")
				}
				
				var arg0 *string
				var arg1 *string
				var arg2 *string
				var arg3 *string
				var arg4 *string
				var arg5 *string
				var arg6 *string
				var arg7 *bool
				var arg8 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "net":
							_optVal = "true"
						case "debugkernel":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Vm:Run\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "memory":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "cpus":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "append":
						_tmp2 := _optVal
						arg2 = &_tmp2
					case "disk":
						_tmp3 := _optVal
						arg3 = &_tmp3
					case "p":
						_tmp4 := _optVal
						arg4 = &_tmp4
					case "rw":
						_tmp5 := _optVal
						arg5 = &_tmp5
					case "kvm":
						_tmp6 := _optVal
						arg6 = &_tmp6
					case "net":
						_tmp7, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg7 = &_tmp7
					case "debugkernel":
						_tmp8, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg8 = &_tmp8
					default:
						logger.Printf("unknown option %q for target \"Vm:Run\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Vm{}.Run(ctx, arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "vm:shell":
				expected := x + 0
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Vm:Shell\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Vm:Shell")
				}
				
				var arg0 *string
				var arg1 *string
				var arg2 *string
				var arg3 *string
				var arg4 *string
				var arg5 *string
				var arg6 *string
				var arg7 *bool
				var arg8 *bool
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "net":
							_optVal = "true"
						case "debugkernel":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Vm:Shell\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "memory":
						_tmp0 := _optVal
						arg0 = &_tmp0
					case "cpus":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "append":
						_tmp2 := _optVal
						arg2 = &_tmp2
					case "disk":
						_tmp3 := _optVal
						arg3 = &_tmp3
					case "p":
						_tmp4 := _optVal
						arg4 = &_tmp4
					case "rw":
						_tmp5 := _optVal
						arg5 = &_tmp5
					case "kvm":
						_tmp6 := _optVal
						arg6 = &_tmp6
					case "net":
						_tmp7, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg7 = &_tmp7
					case "debugkernel":
						_tmp8, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg8 = &_tmp8
					default:
						logger.Printf("unknown option %q for target \"Vm:Shell\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Vm{}.Shell(ctx, arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "watch":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Watch\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Watch")
				}
				
			arg0 := args.Args[x]
			x++
				var arg1 *string
				var arg2 *string
				var arg3 *string
				var arg4 *string
				var arg5 *string
				var arg6 *string
				var arg7 *bool
				var arg8 *bool
				var arg9 *string
				for x < len(args.Args) && _strings.HasPrefix(args.Args[x], "-") {
					_optArg := args.Args[x]
					_eqIdx := _strings.Index(_optArg, "=")
					var _optName, _optVal string
					if _eqIdx < 0 {
						_optName = _strings.ToLower(_optArg[1:])
						switch _optName {
						case "net":
							_optVal = "true"
						case "debugkernel":
							_optVal = "true"
						default:
							logger.Printf("invalid option %q for target \"Watch\", expected -name=value format\n", _optArg)
							_os.Exit(2)
						}
					} else {
						_optName = _strings.ToLower(_optArg[1:_eqIdx])
						_optVal = _optArg[_eqIdx+1:]
					}
					switch _optName {
					case "memory":
						_tmp1 := _optVal
						arg1 = &_tmp1
					case "cpus":
						_tmp2 := _optVal
						arg2 = &_tmp2
					case "append":
						_tmp3 := _optVal
						arg3 = &_tmp3
					case "disk":
						_tmp4 := _optVal
						arg4 = &_tmp4
					case "p":
						_tmp5 := _optVal
						arg5 = &_tmp5
					case "kvm":
						_tmp6 := _optVal
						arg6 = &_tmp6
					case "net":
						_tmp7, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg7 = &_tmp7
					case "debugkernel":
						_tmp8, err := _strconv.ParseBool(_optVal)
						if err != nil {
							logger.Printf("can't convert option %q value %q to bool\n", _optName, _optVal)
							_os.Exit(2)
						}
						arg8 = &_tmp8
					case "features":
						_tmp9 := _optVal
						arg9 = &_tmp9
					default:
						logger.Printf("unknown option %q for target \"Watch\"\n", _optName)
						_os.Exit(2)
					}
					x++
				}
				wrapFn := func(ctx _context.Context) error {
					return Watch(ctx, arg0, arg1, arg2, arg3, arg4, arg5, arg6, arg7, arg8, arg9)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
			case "why":
				expected := x + 1
				if expected > len(args.Args) {
					// note that expected and args at this point include the arg for the target itself
					// so we subtract 1 here to show the number of args without the target.
					logger.Printf("not enough arguments for target \"Why\", expected %v, got %v\n", expected-1, len(args.Args)-1)
					_os.Exit(2)
				}
				if args.Verbose {
					logger.Println("Running target:", "Why")
				}
				
			arg0 := args.Args[x]
			x++
				wrapFn := func(ctx _context.Context) error {
					return Why(ctx, arg0)
				}
				ret := runTarget(logger, wrapFn)
				handleError(logger, ret)
		
		default:
			logger.Printf("Unknown target specified: %q\n", target)
			_os.Exit(2)
		}
	}
}





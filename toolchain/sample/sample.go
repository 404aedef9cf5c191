// Package sample reads a sample's folder and builds what is in it: an extension,
// the loader that brings it into the kernel, and the trigger that makes it run.
package sample

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"rex/toolchain/conf"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// Sample is one folder of samples/.
type Sample struct {
	Name string // of the folder
	Dir  string

	Description string   // one line
	Object      string   // name of the object's file; empty for the one that cargo gives it
	Features    []string // of the crate
	Loader      guest.Program
	Interrupt   bool // it says what it has to say when it is interrupted
	Ready       *regexp.Regexp
	Trigger     guest.Program // may be none
	Timeout     time.Duration
	Expect      []Expectation // may be empty: then the run shows what happens
	Panics      bool          // extensions may panic
	VM          vm.Options
	Veths       []guest.Veth
	Packages    []string // of Debian, whose programs the guest has
	InRust      bool     // it has programs that are made from crates

	Twin    string // the same program for eBPF, a file below Dir; empty if there is none
	NoTwin  string // why there is none
	Refused string // what the verifier says when it refuses the twin; empty if it accepts it
	EBPF    bool   // this is the sample with the twin in the extension's place

	twinExpect  []Expectation // empty if it is what the extension must show
	untriggered bool          // it says that there is no trigger
}

// Expectation is something that a run of the sample must show.
type Expectation struct {
	In    Stream
	Match *regexp.Regexp // against one line
	Times int            // at least
}

// Stream is an output of a run.
type Stream string

const (
	Trace     Stream = "trace"      // the kernel's trace_pipe
	KernelLog Stream = "kernel-log" // the kernel's log
	Loader    Stream = "loader"     // what the loader prints
	Trigger   Stream = "trigger"    // what the trigger prints
)

const defaultTimeout = 30 * time.Second

// file is sample.toml.
type file struct {
	Description   string   `toml:"description"`
	Object        string   `toml:"object"`
	Features      []string `toml:"features"`
	Loader        any      `toml:"loader"`
	Ready         string   `toml:"ready"`
	Interrupt     bool     `toml:"interrupt"`
	Trigger       any      `toml:"trigger"`
	Timeout       string   `toml:"timeout"`
	LoaderStatus  *int     `toml:"loader_status"`
	TriggerStatus *int     `toml:"trigger_status"`
	Panics        bool     `toml:"panics"`
	VM            machine  `toml:"vm"`
	Veth          []veth   `toml:"veth"`
	Expect        []expect `toml:"expect"`
	EBPF          ebpf     `toml:"ebpf"`
}

// expect is an Expectation in sample.toml.
type expect struct {
	In    string `toml:"in"`
	Match string `toml:"match"`
	Times int    `toml:"times"`
}

// List returns the names of the folders below dir that have a crate with a program: samples.
func List(dir string) ([]string, error) {
	manifests, err := filepath.Glob(filepath.Join(dir, "*", "Cargo.toml"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range manifests {
		if dir := filepath.Dir(m); hasProgram(dir) {
			names = append(names, filepath.Base(dir))
		}
	}
	return names, nil
}

// hasProgram tells a crate with a program from one that is a library for others. What cannot be read has one: it is said when it is built.
func hasProgram(dir string) bool {
	if exists(filepath.Join(dir, "src/main.rs")) || exists(filepath.Join(dir, "src/bin")) {
		return true
	}
	var manifest struct {
		Bin []struct{} `toml:"bin"`
		Lib *struct{}  `toml:"lib"`
	}
	text, err := os.ReadFile(filepath.Join(dir, "Cargo.toml"))
	if err != nil || toml.Unmarshal(text, &manifest) != nil {
		return true
	}
	return len(manifest.Bin) > 0 || manifest.Lib == nil && !exists(filepath.Join(dir, "src/lib.rs"))
}

// Open reads the sample called name below dir. A folder without a sample.toml is a
// sample too: its loader and its trigger, if it has one, are run.
func Open(dir, name string) (*Sample, error) {
	names, err := List(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("no sample %q in %s; there are: %s", name, dir, strings.Join(names, ", "))
	}
	s := &Sample{Name: name, Dir: filepath.Join(dir, name), Timeout: defaultTimeout}
	path := filepath.Join(s.Dir, "sample.toml")
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := s.parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c, err := s.sources()
	if err != nil {
		return nil, err
	}
	if err := s.checkTwin(c.twin); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.InRust = len(c.crates) > 0
	return s, s.choose(c.all())
}

// triggers are names of the program that makes an extension run, if sample.toml names none.
var triggers = []string{"trigger", "event-trigger"}

// choose decides which programs are the loader and the trigger, as far as sample.toml does not, and refuses those that are not there.
func (s *Sample) choose(programs []string) error {
	there := "it has no program"
	if len(programs) > 0 {
		there = "its programs are: " + strings.Join(programs, ", ")
	}
	for what, p := range map[string]guest.Program{"loader": s.Loader, "trigger": s.Trigger} {
		if own, ok := strings.CutPrefix(p.Path, "./"); ok && !slices.Contains(programs, own) {
			return fmt.Errorf("%s: sample.toml says %s = %q, and there is neither %s.c nor a crate in %[4]s; %[5]s", s.Dir, what, p.Line(), own, there)
		}
	}
	if s.Trigger.Path == "" && !s.untriggered {
		for _, name := range triggers {
			if slices.Contains(programs, name) && s.Loader.Path != "./"+name {
				s.Trigger.Path = "./" + name
			}
		}
		if s.Trigger.Path == "" && s.Trigger.Given() {
			return fmt.Errorf("%s: sample.toml says how the trigger is run, and there is none: write a trigger.c, or set program; %s", s.Dir, there)
		}
	}
	if s.Loader.Path != "" {
		return nil
	}
	if slices.Contains(programs, "loader") {
		s.Loader.Path = "./loader"
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(programs), func(name string) bool { return s.Trigger.Path == "./"+name })
	switch len(rest) {
	case 0:
		return fmt.Errorf("%s: no program loads the extension: write a loader.c, or a crate in loader; %s", s.Dir, there)
	case 1:
		s.Loader.Path = "./" + rest[0]
		return nil
	}
	return fmt.Errorf("%s has the programs %s, none of them called loader: set loader in sample.toml", s.Dir, strings.Join(programs, ", "))
}

// parse fills in what sample.toml says.
func (s *Sample) parse(text []byte) error {
	var f file
	if err := conf.Decode(text, &f); err != nil {
		return err
	}
	s.Description, s.Object, s.Features, s.Panics, s.Interrupt = f.Description, f.Object, f.Features, f.Panics, f.Interrupt
	if err := s.checkCrate(text); err != nil {
		return err
	}
	var err error
	if s.Loader, err = program(text, "loader", f.Loader, f.LoaderStatus); err != nil {
		return err
	}
	if s.Trigger, err = program(text, "trigger", f.Trigger, f.TriggerStatus); err != nil {
		return err
	}
	s.untriggered = f.Trigger != nil && s.Trigger.Path == "" && !s.Trigger.Given()
	if s.VM, err = f.VM.options(text); err != nil {
		return err
	}
	s.Packages = f.VM.Packages
	if s.Veths, err = veths(text, f.Veth, s.Loader, s.Trigger); err != nil {
		return err
	}
	if f.Timeout != "" {
		if s.Timeout, err = time.ParseDuration(f.Timeout); err != nil || s.Timeout <= 0 {
			return fmt.Errorf("timeout %q is no duration such as 20s", f.Timeout)
		}
	}
	if f.Ready != "" {
		if s.Ready, err = regexp.Compile(f.Ready); err != nil {
			return fmt.Errorf("ready: %w", err)
		}
	}
	if s.Expect, err = expectations("expect", f.Expect); err != nil {
		return err
	}
	s.NoTwin, s.Refused = f.EBPF.None, f.EBPF.Refused
	s.twinExpect, err = expectations("ebpf.expect", f.EBPF.Expect)
	return err
}

// expectations checks what is said of them under a key.
func expectations(key string, said []expect) (list []Expectation, err error) {
	for i, e := range said {
		stream := Stream(e.In)
		if !slices.Contains([]Stream{Trace, KernelLog, Loader, Trigger}, stream) {
			return nil, fmt.Errorf("%s %d: in = %q; it takes trace, kernel-log, loader or trigger", key, i+1, e.In)
		}
		match, err := regexp.Compile(e.Match)
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", key, i+1, err)
		}
		if e.Match == "" || match.MatchString("") {
			return nil, fmt.Errorf("%s %d: match = %q fits an empty line, so it cannot fail", key, i+1, e.Match)
		}
		if e.Times < 0 {
			return nil, fmt.Errorf("%s %d: times = %d; it takes 1 or more", key, i+1, e.Times)
		}
		list = append(list, Expectation{In: stream, Match: match, Times: max(e.Times, 1)})
	}
	return list, nil
}

// Watches tells whether the sample expects something in a stream.
func (s *Sample) Watches(stream Stream) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.In == stream })
}

// Expects tells whether a line of a stream is one that is expected.
func (s *Sample) Expects(stream Stream, line string) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.In == stream && e.Match.MatchString(line) })
}

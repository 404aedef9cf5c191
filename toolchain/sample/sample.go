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
)

// Sample is one folder of samples/.
type Sample struct {
	Name string // of the folder
	Dir  string

	Description string   // one line
	Loader      []string // command line in the guest, in the sample's folder
	Ready       *regexp.Regexp
	Trigger     []string // may be empty
	Timeout     time.Duration
	Expect      []Expectation // may be empty: then the run shows what happens
	// Exit statuses that are meant to be.
	LoaderStatus, TriggerStatus int
	Panics                      bool // extensions may panic
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
	Loader        []string `toml:"loader"`
	Ready         string   `toml:"ready"`
	Trigger       []string `toml:"trigger"`
	Timeout       string   `toml:"timeout"`
	LoaderStatus  int      `toml:"loader_status"`
	TriggerStatus int      `toml:"trigger_status"`
	Panics        bool     `toml:"panics"`
	Expect        []struct {
		In    string `toml:"in"`
		Match string `toml:"match"`
		Times int    `toml:"times"`
	} `toml:"expect"`
}

// List returns the names of the samples below dir.
func List(dir string) ([]string, error) {
	manifests, err := filepath.Glob(filepath.Join(dir, "*", "Cargo.toml"))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(manifests))
	for i, m := range manifests {
		names[i] = filepath.Base(filepath.Dir(m))
	}
	return names, nil
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
	s := &Sample{Name: name, Dir: filepath.Join(dir, name), Loader: []string{"./loader"}, Timeout: defaultTimeout}
	for _, trigger := range []string{"trigger", "event-trigger"} {
		if _, err := os.Stat(filepath.Join(s.Dir, trigger+".c")); err == nil {
			s.Trigger = []string{"./" + trigger}
		}
	}
	path := filepath.Join(s.Dir, "sample.toml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.parse(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// parse fills in what sample.toml says.
func (s *Sample) parse(text []byte) error {
	var f file
	if err := conf.Decode(text, &f); err != nil {
		return err
	}
	s.Description = f.Description
	if len(f.Loader) > 0 {
		s.Loader = f.Loader
	}
	if f.Trigger != nil {
		s.Trigger = f.Trigger
	}
	for _, status := range []int{f.LoaderStatus, f.TriggerStatus} {
		if status < 0 || status > 255 {
			return fmt.Errorf("status = %d; a program ends with 0 to 255", status)
		}
	}
	s.LoaderStatus, s.TriggerStatus, s.Panics = f.LoaderStatus, f.TriggerStatus, f.Panics
	var err error
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
	for i, e := range f.Expect {
		stream := Stream(e.In)
		if !slices.Contains([]Stream{Trace, KernelLog, Loader, Trigger}, stream) {
			return fmt.Errorf("expect %d: in = %q; it takes trace, kernel-log, loader or trigger", i+1, e.In)
		}
		match, err := regexp.Compile(e.Match)
		if err != nil {
			return fmt.Errorf("expect %d: %w", i+1, err)
		}
		if e.Match == "" || match.MatchString("") {
			return fmt.Errorf("expect %d: match = %q fits an empty line, so it cannot fail", i+1, e.Match)
		}
		if e.Times < 0 {
			return fmt.Errorf("expect %d: times = %d; it takes 1 or more", i+1, e.Times)
		}
		s.Expect = append(s.Expect, Expectation{In: stream, Match: match, Times: max(e.Times, 1)})
	}
	return nil
}

// readTOML reads a file of which only some fields matter.
func readTOML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := toml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Watches tells whether the sample expects something in a stream.
func (s *Sample) Watches(stream Stream) bool {
	return slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.In == stream })
}

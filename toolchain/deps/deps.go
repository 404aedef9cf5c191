// Package deps finds the host's tools, compares their versions with what Rex needs, and says
// or does what is needed to install those that are missing: configs/deps.toml.
package deps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	version "github.com/hashicorp/go-version"

	"rex/toolchain/command"
	"rex/toolchain/conf"
)

// Config is configs/deps.toml.
type Config struct {
	Managers     map[string][]string `toml:"install"`      // package manager to command
	Distribution map[string]string   `toml:"distribution"` // os-release ID to package manager
	Tools        []*Tool             `toml:"tool"`
}

// Tool is one tool or library of the host.
type Tool struct {
	Name     string              `toml:"name"`
	Why      string              `toml:"why"`
	Programs []string            `toml:"programs"` // tried in order
	Args     []string            `toml:"args"`     // that make it print its version; default --version
	Version  string              `toml:"version"`  // regular expression with one group
	Needed   string              `toml:"needed"`   // constraint, as hashicorp/go-version has it
	File     []string            `toml:"file"`     // headers, or absolute patterns (filepath.Match), one of which must exist
	Packages map[string][]string `toml:"packages"` // per package manager; not needed where there are none

	pattern    *regexp.Regexp
	constraint version.Constraints
}

var firstVersion = regexp.MustCompile(`(\d+(?:\.\d+)+)`)

// Load reads and checks a deps file.
func Load(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Parse reads and checks the text of a deps file.
func Parse(text []byte) (*Config, error) {
	var c Config
	if err := conf.Decode(text, &c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return &c, nil
}

func (c *Config) check() error {
	for id, manager := range c.Distribution {
		if len(c.Managers[manager]) == 0 {
			return fmt.Errorf("distribution %s: no command installs with %q", id, manager)
		}
	}
	names := map[string]bool{}
	for _, t := range c.Tools {
		if err := t.check(c); err != nil {
			return fmt.Errorf("tool %q: %w", t.Name, err)
		}
		if names[t.Name] {
			return fmt.Errorf("tool %q: it is there twice", t.Name)
		}
		names[t.Name] = true
	}
	return nil
}

func (t *Tool) check(c *Config) error {
	if t.Name == "" || (len(t.Programs) == 0) == (len(t.File) == 0) {
		return errors.New("it needs a name, and either programs or a file")
	}
	t.pattern = firstVersion
	var err error
	if t.Version != "" {
		if t.pattern, err = regexp.Compile("(?m)" + t.Version); err != nil || t.pattern.NumSubexp() != 1 {
			return fmt.Errorf("version = %q is no regular expression with one group", t.Version)
		}
	}
	if t.Needed != "" {
		if t.constraint, err = version.NewConstraint(t.Needed); err != nil {
			return fmt.Errorf("needed: %w", err)
		}
	}
	if len(t.Packages) == 0 {
		return errors.New("no packages")
	}
	for manager, packages := range t.Packages {
		if len(c.Managers[manager]) == 0 || len(packages) == 0 {
			return fmt.Errorf("packages for %s: none, or no such package manager", manager)
		}
	}
	return nil
}

// Finding is what the host has of a tool.
type Finding struct {
	Tool  *Tool
	Path  string // of the program or file; empty: there is none
	Found string // version; empty for files
	Fault string // why it will not do; empty: it will
}

// deadline is how long a tool may take to say its version.
const deadline = 20 * time.Second

// Probe looks for every tool that this host needs, side by side. On an unknown distribution it needs all.
func (c *Config) Probe(ctx context.Context) []Finding {
	manager, err := c.Manager()
	tools := slices.DeleteFunc(slices.Clone(c.Tools), func(t *Tool) bool { return err == nil && len(t.Packages[manager]) == 0 })
	findings := make([]Finding, len(tools))
	var wg sync.WaitGroup
	for i, t := range tools {
		wg.Go(func() { findings[i] = t.probe(ctx) })
	}
	wg.Wait()
	return findings
}

func (t *Tool) probe(ctx context.Context) Finding {
	if len(t.File) > 0 {
		for _, f := range t.File {
			for _, pattern := range places(f) {
				if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
					return Finding{Tool: t, Path: found[0]}
				}
			}
		}
		return Finding{Tool: t, Fault: "missing"}
	}
	best := Finding{Tool: t, Fault: "missing"}
	for _, program := range t.Programs {
		path, err := exec.LookPath(program)
		if err != nil {
			continue
		}
		f := t.ask(ctx, path)
		if f.Fault == "" {
			return f
		}
		if best.Path == "" {
			best = f
		}
	}
	return best
}

// places are the folders in which compilers look for a header, or for a library.
func places(name string) []string {
	if filepath.IsAbs(name) {
		return []string{name}
	}
	dirs, variable := []string{"/usr/include", "/usr/include/x86_64-linux-gnu", "/usr/local/include"}, "CPATH"
	if ext := filepath.Ext(name); ext == ".a" || ext == ".so" {
		dirs, variable = []string{"/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"}, "LIBRARY_PATH"
	}
	var paths []string
	for _, dir := range append(dirs, filepath.SplitList(os.Getenv(variable))...) {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

// ask runs the program for its version.
func (t *Tool) ask(ctx context.Context, path string) Finding {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	args := t.Args
	if len(args) == 0 {
		args = []string{"--version"}
	}
	f := Finding{Tool: t, Path: path}
	out, err := (&command.Cmd{Path: path, Args: args, Env: []string{"LC_ALL=C"}}).Output(ctx)
	if err != nil {
		f.Fault = "does not run"
		return f
	}
	m := t.pattern.FindStringSubmatch(out)
	if m == nil {
		f.Fault = "says no version"
		return f
	}
	f.Found = m[1]
	v, err := version.NewVersion(f.Found)
	switch {
	case err != nil:
		f.Fault = "says an odd version"
	case t.constraint != nil && !t.constraint.Check(v.Core()):
		f.Fault = "unsuitable version"
	}
	return f
}

// Missing are the findings with a fault.
func Missing(findings []Finding) []Finding {
	var missing []Finding
	for _, f := range findings {
		if f.Fault != "" {
			missing = append(missing, f)
		}
	}
	return missing
}

// Table writes findings for a person: tool, needed, found, verdict.
func Table(findings []Finding) string {
	rows := [][4]string{{"TOOL", "NEEDED", "FOUND", "VERDICT"}}
	for _, f := range findings {
		row := [4]string{f.Tool.Name, f.Tool.Needed, f.Found, "ok"}
		if row[1] == "" {
			row[1] = "any"
		}
		if row[2] == "" {
			row[2] = f.Path
		}
		if f.Fault != "" {
			row[3] = f.Fault + "; for " + f.Tool.Why
		}
		if row[2] == "" {
			row[2] = "-"
		}
		rows = append(rows, row)
	}
	var width [4]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %-*s  %s\n", width[0], row[0], width[1], row[1], width[2], row[2], row[3])
	}
	return b.String()
}

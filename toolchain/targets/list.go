package targets

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// group is a heading of the list of targets.
type group struct {
	title string
	names []string // of targets, as Target.Name has them
}

// groups are in the order in which people need them.
var groups = []group{
	{"Extensions", []string{"new", "vendor", "run", "watch", "logs", "build:sample", "test:samples", "bisect", "lint", "explain", "check:object", "vm:run", "vm:shell", "vm:debug"}},
	{"Set up", []string{"setup", "deps:check", "deps:install", "env", "shell", "completion", "docs", "tools:image"}},
	{"Build Rex", []string{"build:all", "build:kernel", "build:rustc", "build:passes", "build:libbpf", "build:librex", "why", "graph", "build:check", "build:shell", "clean"}},
	{"Test Rex", []string{
		"test:all", "test:unit", "test:compiler", "test:checker", "test:passes", "test:librex", "test:examples", "test:kernel", "test:kernelDebug", "test:selftests", "test:series", "test:rustc",
		"test:faults", "test:hosts", "test:slurm", "test:dist", "bench:runtime", "bench:listing", "bench:build",
	}},
	{"Sources and results", []string{"fetch", "pins:verify", "pins:update", "pins:fetch", "pins:mirror", "cache:info", "cache:gc", "cache:verify", "cache:push", "cache:pull"}},
	{"Ship", []string{"dist"}},
	{"Many machines", []string{"ci:samples", "ci:cacheKey", "matrix", "remote:build", "remote:job"}},
}

var about = regexp.MustCompile("^\\w+(?:,? (?:for short|or) `mage ([^`]+)`,)? (.*)")

// line returns a target's shortest name, and the first sentence of what it does.
func (t *Target) line() (name, does string) {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(t.Doc), " "), "; ")
	first, _, _ = strings.Cut(first, ". ")
	if !strings.HasSuffix(first, "...") {
		first = strings.TrimSuffix(first, ".")
	}
	m := about.FindStringSubmatch(first)
	if m == nil {
		return t.Name, first
	}
	if m[1] != "" {
		return m[1], m[2]
	}
	return t.Name, m[2]
}

// List writes all targets, by what they are for.
func List(w io.Writer, all map[string]*Target) error {
	for i, g := range groups {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s:\n", g.title)
		columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, n := range g.names {
			t := all[strings.ToLower(n)]
			if t == nil {
				return fmt.Errorf("the list of targets names %s, which is none", n)
			}
			name, does := t.line()
			fmt.Fprintf(columns, "  %s\t%s\n", name, does)
		}
		if err := columns.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "\n`-h TARGET` says more: its arguments and flags.")
	return err
}

// grouped tells whether a target is in a group.
func grouped(name string) bool {
	return slices.ContainsFunc(groups, func(g group) bool { return slices.Contains(g.names, name) })
}

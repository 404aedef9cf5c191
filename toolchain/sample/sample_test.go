package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOpen(t *testing.T) {
	dir := folder(t, map[string]string{
		"hello/Cargo.toml": "", "hello/loader.c": "", "hello/trigger.c": "", "hello/sample.toml": `
description = "says hello"
ready = "attached"
trigger = ["./trigger", "3"]
timeout = "5s"
[[expect]]
in = "trace"
match = 'PID \d+'
times = 3
[[expect]]
in = "kernel-log"
match = 'rex: '
`,
		"plain/Cargo.toml": "", "plain/event-trigger.c": "", "plain/entry.c": "", "plain/twin.bpf.c": "",
	})
	s, err := Open(dir, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeout != 5*time.Second || len(s.Trigger) != 2 || len(s.Expect) != 2 || s.Expect[0].Times != 3 || s.Expect[1].Times != 1 || s.Loader[0] != "./loader" {
		t.Errorf("got %+v", s)
	}
	if s, err = Open(dir, "plain"); err != nil || s.Trigger[0] != "./event-trigger" || s.Loader[0] != "./entry" || len(s.Expect) != 0 {
		t.Errorf("without sample.toml: %+v, %v", s, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"unknown field":     {"trigered = []", "trigered"},
		"no toml":           {"timeout = ", "line 1"},
		"no duration":       {`timeout = "soon"`, "no duration"},
		"no stream":         {"[[expect]]\nin = \"stdout\"\nmatch = \"x\"", "trace, kernel-log, loader or trigger"},
		"no pattern":        {"[[expect]]\nin = \"trace\"\nmatch = \"(\"", "expect 1"},
		"cannot fail":       {"[[expect]]\nin = \"trace\"\nmatch = \".*\"", "cannot fail"},
		"cannot fail empty": {"[[expect]]\nin = \"trace\"", "cannot fail"},
		"no memory":         {"\n[vm]\nmemory = \"much\"", `line 3: memory is "much"; that is no size`},
		"little memory":     {"[vm]\nmemory = 12", `line 2: memory is "12"; the kernel needs`},
		"too many CPUs":     {"[vm]\n\ncpus = 65", "line 3: cpus is 65; a machine takes 1 to 64"},
		"no CPUs":           {"[vm]\ncpus = 0", "line 2: cpus is 0"},
		"two lines":         {"[vm]\nappend = \"a\\nb\"", "line 2: append is"},
		"no such knob":      {"[vm]\nmemroy = \"1G\"", "vm.memroy"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{"x/Cargo.toml": "", "x/sample.toml": test.text})
			if _, err := Open(dir, "x"); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "sample.toml") {
				t.Errorf("got %v; want an error of sample.toml with %q", err, test.want)
			}
		})
	}
}

func TestMachine(t *testing.T) {
	dir := folder(t, map[string]string{"x/Cargo.toml": "", "x/loader.c": "", "x/sample.toml": "[vm]\nmemory = \"256M\"\ncpus = 3\nappend = \"quiet a=b\"\nnet = true"})
	s, err := Open(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	if o := s.VM; o.Memory != 256 || o.CPUs != 3 || o.Append != "quiet a=b" || !o.Network {
		t.Errorf("got %+v", o)
	}
}

func TestOpenUnknownListsSamples(t *testing.T) {
	dir := folder(t, map[string]string{"hello/Cargo.toml": "", "panic/Cargo.toml": ""})
	_, err := Open(dir, "helo")
	if err == nil || !strings.Contains(err.Error(), "hello, panic") {
		t.Errorf("got %v; want the list of samples", err)
	}
}

// Which program is the loader is plain before anything is built, or it is said what to write.
func TestChoose(t *testing.T) {
	for name, tt := range map[string]struct {
		programs        []string
		toml            string
		loader, trigger string // or
		want            string // a part of the error
	}{
		"named loader":                 {programs: []string{"loader", "other", "trigger"}, loader: "./loader", trigger: "./trigger"},
		"one beside the trigger":       {programs: []string{"entry", "trigger"}, loader: "./entry", trigger: "./trigger"},
		"one alone":                    {programs: []string{"entry"}, loader: "./entry"},
		"one beside a trigger by name": {programs: []string{"poke", "entry"}, toml: `trigger = ["./poke"]`, loader: "./entry", trigger: "./poke"},
		"no trigger is wanted":         {programs: []string{"loader", "trigger"}, toml: `trigger = []`, loader: "./loader"},
		"the trigger loads":            {programs: []string{"trigger"}, toml: `loader = ["./trigger"]`, loader: "./trigger"},
		"a shell loads":                {programs: []string{"load", "unload"}, toml: `loader = ["sh", "-c", "./load"]`, loader: "sh"},
		"two":                          {programs: []string{"entry", "poke"}, want: "has the programs entry, poke, none of them called loader: set loader in sample.toml"},
		"only a trigger":               {programs: []string{"trigger"}, want: "write a loader.c; its programs are: trigger"},
		"none":                         {want: "write a loader.c; it has no C program"},
		"a loader that is not there":   {programs: []string{"entry", "trigger"}, toml: `loader = ["./enrty", "-v"]`, want: `loader = ["./enrty" "-v"], and there is no enrty.c; its programs are: entry, trigger`},
		"a trigger that is not there":  {programs: []string{"entry"}, toml: `trigger = ["./poke"]`, want: "there is no poke.c"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"x/Cargo.toml": "", "x/src/main.rs": "", "x/sample.toml": tt.toml}
			for _, p := range tt.programs {
				files["x/"+p+".c"] = ""
			}
			s, err := Open(folder(t, files), "x")
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v; want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s.Loader[0] != tt.loader || strings.Join(s.Trigger, " ") != tt.trigger {
				t.Errorf("loader %q, trigger %q; want %q, %q", s.Loader, s.Trigger, tt.loader, tt.trigger)
			}
		})
	}
}

// A crate without a program is no sample.
func TestList(t *testing.T) {
	dir := folder(t, map[string]string{
		"a/Cargo.toml": "[package]\nname = \"a\"", "a/src/main.rs": "",
		"b/Cargo.toml": "[package]\nname = \"b\"\n[[bin]]\nname = \"prog\"\npath = \"b.rs\"",
		"c/Cargo.toml": "[package]\nname = \"c\"", "c/src/bin/c.rs": "",
		"lib1/Cargo.toml": "[package]\nname = \"lib1\"", "lib1/src/lib.rs": "",
		"lib2/Cargo.toml": "[package]\nname = \"lib2\"\n[lib]\npath = \"x.rs\"",
		"odd/Cargo.toml":  "= =",
		"none/README":     "",
	})
	got, err := List(dir)
	if err != nil || strings.Join(got, " ") != "a b c odd" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestExecutables(t *testing.T) {
	const messages = `{"reason":"compiler-artifact","manifest_path":"/x/lib/Cargo.toml","target":{"kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/x/tool/Cargo.toml","target":{"kind":["bin"]},"executable":"/t/tool"}
{"reason":"compiler-artifact","manifest_path":"/x/Cargo.toml","target":{"kind":["bin"]},"executable":"/t/prog","fresh":true}
{"reason":"build-finished","success":true}
`
	if got, err := executables([]byte(messages), "/x/Cargo.toml"); err != nil || strings.Join(got, " ") != "/t/prog" {
		t.Errorf("got %q, %v; want the crate's own", got, err)
	}
	if _, err := executables([]byte("warning: x\n"), "/x/Cargo.toml"); err == nil {
		t.Error("what is no message is taken for one")
	}
}

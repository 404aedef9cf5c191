package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"rex/toolchain/vm/guest"
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
		"plain/Cargo.toml": "", "plain/event-trigger.c": "", "plain/entry.c": "", "plain/ebpf/twin.bpf.c": "",
	})
	s, err := Open(dir, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeout != 5*time.Second || len(s.Trigger.Args) != 1 || len(s.Expect) != 2 || s.Expect[0].Times != 3 || s.Expect[1].Times != 1 || s.Loader.Path != "./loader" {
		t.Errorf("got %+v", s)
	}
	if s, err = Open(dir, "plain"); err != nil || s.Trigger.Path != "./event-trigger" || s.Loader.Path != "./entry" || len(s.Expect) != 0 {
		t.Errorf("without sample.toml: %+v, %v", s, err)
	}
}

const aVeth = "[[veth]]\nname = \"rex0\"\naddress = \"10.0.0.1/24\"\nnamespace = \"far\"\npeer = \"10.0.0.2/24\""

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
		"no package":        {"[vm]\npackages = [\"Memcached\"]", `line 2: packages has "Memcached"`},
		"no line":           {"\ntrigger = 3", "line 2: trigger = 3; it takes a command line"},
		"no word":           {"trigger = [\"./trigger\", 3]", "line 1: trigger has a word that is no text: 3"},
		"unknown of a line": {"[trigger]\nstatus = 3", "trigger: unknown field status; it takes program, args, exit and namespace"},
		"no status":         {"[trigger]\nexit = 256", "line 2: status = 256"},
		"no status either":  {"loader_status = -1", "line 1: status = -1"},
		"two statuses":      {"trigger_status = 1\n[trigger]\nexit = 1", "line 3: trigger_status says the same as exit"},
		"no namespace":      {"[trigger]\nnamespace = \"far\"", `line 2: trigger: namespace = "far"; there is no [[veth]] that makes one`},
		"another namespace": {aVeth + "\n[loader]\nnamespace = \"fra\"", `loader: namespace = "fra"; there are: far`},
		"device's name":     {strings.Replace(aVeth, "rex0", "Rex 0", 1), `veth 1: name = "Rex 0"`},
		"taken name":        {aVeth + "\n" + aVeth, "veth 2: another one has the same name or namespace"},
		"no address":        {strings.Replace(aVeth, "10.0.0.1/24", "10.0.0.1", 1), `veth 1: address = "10.0.0.1"; it takes one such as 10.0.0.1/24`},
		"other net":         {strings.Replace(aVeth, "10.0.0.2", "10.0.1.2", 1), `veth 1: peer = "10.0.1.2/24"; it takes another address of 10.0.0.0/24`},
		"same address":      {strings.Replace(aVeth, "10.0.0.2", "10.0.0.1", 1), "another address of"},
		"no file's name":    {"object = \"a/b\"", `line 1: object = "a/b"`},
		"no feature":        {"features = [\"fast reply\"]", `line 1: features: "fast reply" cannot be the name of a feature`},
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

// The two forms of what is said of a program, and where it may be.
func TestPrograms(t *testing.T) {
	for name, tt := range map[string]struct {
		text            string
		loader, trigger guest.Program
	}{
		"nothing":    {"", guest.Program{Path: "./loader"}, guest.Program{Path: "./trigger"}},
		"lines":      {"loader = [\"./loader\", \"lo\"]\ntrigger = [\"./poke\", \"-v\"]", guest.Program{Path: "./loader", Args: []string{"lo"}}, guest.Program{Path: "./poke", Args: []string{"-v"}}},
		"arguments":  {"[trigger]\nargs = [\"3\"]\nexit = 1", guest.Program{Path: "./loader"}, guest.Program{Path: "./trigger", Args: []string{"3"}, Status: 1}},
		"a program":  {"[trigger]\nprogram = \"./poke\"", guest.Program{Path: "./loader"}, guest.Program{Path: "./poke"}},
		"statuses":   {"loader_status = 3\ntrigger_status = 4", guest.Program{Path: "./loader", Status: 3}, guest.Program{Path: "./trigger", Status: 4}},
		"no trigger": {"trigger = []", guest.Program{Path: "./loader"}, guest.Program{}},
		"elsewhere":  {aVeth + "\n[trigger]\nnamespace = \"far\"", guest.Program{Path: "./loader"}, guest.Program{Path: "./trigger", Namespace: "far"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(folder(t, map[string]string{"x/Cargo.toml": "", "x/loader.c": "", "x/trigger.c": "", "x/poke.c": "", "x/sample.toml": tt.text}), "x")
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprint(s.Loader, s.Trigger), fmt.Sprint(tt.loader, tt.trigger); got != want {
				t.Errorf("got %s; want %s", got, want)
			}
		})
	}
}

// A file without a main is part of the programs, a folder that has a crate with one is a program, and what both make is refused.
func TestSources(t *testing.T) {
	dir := folder(t, map[string]string{
		"x/Cargo.toml": "", "x/loader.c": "#include \"util.h\"\nint main(int argc, char **argv)\n{\n}\n", "x/poke.c": "int\nmain (void) { return 0; }\n",
		"x/util.c": "/* for main() */\n// main()\nconst char *text = \"main(\\\"\";\nint remain(int x) { return x; }\n", "x/ebpf/twin.bpf.c": "", "x/ebpf/twin.h": "",
		"x/watch/Cargo.toml": "", "x/watch/src/main.rs": "", "x/types/Cargo.toml": "", "x/types/src/lib.rs": "",
	})
	s, err := Open(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.sources()
	if err != nil {
		t.Fatal(err)
	}
	if want := (sources{programs: []string{"loader", "poke"}, parts: []string{"util.c"}, crates: []string{"watch"}, twin: "ebpf/twin.bpf.c"}); !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v; want %+v", c, want)
	}
	if !s.InRust {
		t.Error("it does not know of the program in Rust")
	}
	if err := os.WriteFile(filepath.Join(dir, "x/watch.c"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "x"); err == nil || !strings.Contains(err.Error(), "two programs watch: watch.c, and the crate in watch") {
		t.Errorf("got %v; want that two programs have one name", err)
	}
}

// What builds by hand leave behind is none of the source, wherever cargo is started; a module may be called the same.
func TestSkip(t *testing.T) {
	for path, want := range map[string]bool{
		"target": true, "Cargo.lock": true, "loader/target": true, "loader/Cargo.lock": true,
		"src/target": false, "loader/src/target": false, "targets": false, "loader/Cargo.toml": false,
	} {
		if got := Skip(path); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}

// The twin takes the extension's place, or is refused.
func TestAsEBPF(t *testing.T) {
	open := func(text string, files ...string) (*Sample, error) {
		all := map[string]string{"x/Cargo.toml": "", "x/loader.c": "", "x/trigger.c": "", "x/sample.toml": "ready = \"on\"\npanics = true\n[[expect]]\nin = \"trace\"\nmatch = \"x\"\n" + text}
		for _, f := range files {
			all["x/"+f] = ""
		}
		return Open(folder(t, all), "x")
	}
	for name, tt := range map[string]struct {
		text   string
		expect string
		job    string // status, trigger, ready
	}{
		"the same":     {"", "[{trace x 1}]", "0 ./trigger on"},
		"another":      {"[[ebpf.expect]]\nin = \"loader\"\nmatch = \"y\"", "[{loader y 1}]", "0 ./trigger on"},
		"it's refused": {"[ebpf]\nrefused = \"too deep (9)\"", `[{loader too deep \(9\) 1} {loader ^(Error: )?librex: load  1}]`, "1  <nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open(tt.text, "ebpf/x.bpf.c")
			if err != nil {
				t.Fatal(err)
			}
			twin, err := s.AsEBPF()
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(twin.Expect); got != tt.expect {
				t.Errorf("expects %s; want %s", got, tt.expect)
			}
			if got := fmt.Sprintf("%d %s %v", twin.Loader.Status, twin.Trigger.Path, twin.Ready); got != tt.job {
				t.Errorf("job is %s; want %s", got, tt.job)
			}
			if twin.Panics || twin.Title() != "x (eBPF)" || twin.Label() != "x-ebpf" || s.EBPF || s.Title() != "x" {
				t.Errorf("got %+v of %+v", twin, s)
			}
		})
	}
	s, err := open("[ebpf]\nnone = \"it would sleep\"")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AsEBPF(); err == nil || !strings.Contains(err.Error(), "it would sleep") {
		t.Errorf("got %v; want the reason", err)
	}
	for name, tt := range map[string]struct {
		text, want string
		files      []string
	}{
		"none and one":         {"[ebpf]\nnone = \"no\"", "there is ebpf/x.bpf.c", []string{"ebpf/x.bpf.c"}},
		"refused and none":     {"[ebpf]\nrefused = \"no\"", "no twin that this", nil},
		"refused, yet it runs": {"[ebpf]\nrefused = \"no\"\n[[ebpf.expect]]\nin = \"trace\"\nmatch = \"x\"", "either refused or expect", []string{"ebpf/x.bpf.c"}},
		"no pattern":           {"[[ebpf.expect]]\nin = \"trace\"\nmatch = \"(\"", "ebpf.expect 1", []string{"ebpf/x.bpf.c"}},
		"two":                  {"", "a sample has one twin", []string{"ebpf/x.bpf.c", "ebpf/y.bpf.c"}},
		"beside the loader":    {"", "lie in the folder ebpf", []string{"x.bpf.c"}},
	} {
		if _, err := open(tt.text, tt.files...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v; want %q", name, err, tt.want)
		}
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
		"only a trigger":               {programs: []string{"trigger"}, want: "write a loader.c, or a crate in loader; its programs are: trigger"},
		"none":                         {want: "write a loader.c, or a crate in loader; it has no program"},
		"a loader that is not there":   {programs: []string{"entry", "trigger"}, toml: `loader = ["./enrty", "-v"]`, want: `loader = ["./enrty" "-v"], and there is neither enrty.c nor a crate in enrty; its programs are: entry, trigger`},
		"a trigger that is not there":  {programs: []string{"entry"}, toml: `trigger = ["./poke"]`, want: "there is neither poke.c nor a crate in poke"},
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
			if s.Loader.Path != tt.loader || s.Trigger.Path != tt.trigger {
				t.Errorf("loader %+v, trigger %+v; want %q, %q", s.Loader, s.Trigger, tt.loader, tt.trigger)
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

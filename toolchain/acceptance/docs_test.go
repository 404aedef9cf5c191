package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"rex/toolchain/command"
	"rex/toolchain/docs"
	"rex/toolchain/kernel"
)

func pages(t *testing.T) []*docs.Page {
	t.Helper()
	all, err := docs.Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Programs that pages show compile as they stand there: Rust as an extension, C as the loader of the extension above it, or as its
// twin for eBPF.
func TestBlocks(t *testing.T) {
	result(t, "sample-hello")
	for _, p := range pages(t) {
		var last *docs.Block // in Rust
		for _, b := range p.Blocks {
			if b.Value("excerpt")+b.Value("example")+b.Value("file") != "" || b.Is("layout") || b.Language != "rust" && b.Language != "c" {
				continue
			}
			if b.Language == "rust" {
				last = &b
			}
			t.Run(fmt.Sprintf("%s:%d", b.File, b.Line), func(t *testing.T) {
				if err := compileBlock(t, b, last); err != nil {
					t.Error(err)
				}
			})
		}
	}
	t.Run("one that does not compile", func(t *testing.T) {
		if err := compileBlock(t, docs.Block{Language: "rust", Text: "fn broken( {\n"}, nil); err == nil || !strings.Contains(err.Error(), "does not compile") {
			t.Errorf("got %v; want the compiler's error", err)
		}
	})
}

// compileBlock builds an extension with a block in place of its program, of its loader, or of its twin.
func compileBlock(t *testing.T, b docs.Block, above *docs.Block) error {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shown")
	if err := os.CopyFS(dir, os.DirFS("../../samples/hello")); err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "Cargo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "Cargo.toml"), strings.Replace(string(manifest), `name = "hello"`, `name = "shown"`, 1))
	// Loaders name programs by the skeleton, and these have others.
	put(t, filepath.Join(dir, "loader.c"), "int main(void)\n{\n\treturn 0;\n}\n")
	switch {
	case b.Language == "rust":
		put(t, filepath.Join(dir, "src/main.rs"), b.Text)
	case b.Is("ebpf"):
		put(t, filepath.Join(dir, "ebpf/hello.bpf.c"), b.Text)
	default:
		if above == nil {
			return fmt.Errorf("there is no extension above this loader")
		}
		put(t, filepath.Join(dir, "src/main.rs"), above.Text)
		put(t, filepath.Join(dir, "loader.c"), b.Text)
	}
	s, _, err := rex.Sample(dir)
	if err != nil {
		return err
	}
	_, err = rex.Runner.Run(t.Context(), s)
	return err
}

// Structures that pages show have the layout, and enumerators the values, that the kernel's own type information (BTF) has.
func TestLayouts(t *testing.T) {
	spec, err := btf.LoadSpec(filepath.Join(result(t, "kernel"), kernel.Vmlinux))
	if err != nil {
		t.Fatal(err)
	}
	var attr *btf.Union
	var commands *btf.Enum
	if err := spec.TypeByName("bpf_attr", &attr); err != nil {
		t.Fatal(err)
	}
	if err := spec.TypeByName("bpf_cmd", &commands); err != nil {
		t.Fatal(err)
	}
	structs := map[string]*btf.Struct{} // by how C names them
	for _, name := range []string{"rex_run", "rex_cleanup"} {
		var s *btf.Struct
		if err := spec.TypeByName(name, &s); err != nil {
			t.Fatal(err)
		}
		structs["struct "+name] = s
	}
	for _, m := range attr.Members {
		if s, ok := btf.As[*btf.Struct](m.Type); ok && strings.HasPrefix(m.Name, "rex_") {
			structs["typeof("+m.Name+")"] = s
		}
	}
	shown := 0
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if !b.Is("layout") {
				continue
			}
			program := "#include <stddef.h>\n#include <stdio.h>\n#include <linux/types.h>\n#define BPF_OBJ_NAME_LEN 16\n" +
				"typedef __u8 u8; typedef __u32 u32; typedef __u64 u64;\n" + b.Text + "int main(void) {\n"
			want := ""
			ask := func(what, expression string, value any) {
				program += fmt.Sprintf("printf(\"%s %%zu\\n\", (size_t)(%s));\n", what, expression)
				want += fmt.Sprintf("%s %d\n", what, value)
			}
			for name, s := range structs {
				plain := strings.Trim(strings.NewReplacer("struct ", "", "typeof(", "").Replace(name), ")")
				if !regexp.MustCompile(`(struct ` + plain + ` \{|\} ` + plain + `;)`).MatchString(b.Text) {
					continue
				}
				ask(plain, "sizeof("+name+")", s.Size)
				for _, m := range s.Members {
					ask(plain+"."+m.Name, "offsetof("+name+", "+m.Name+")", m.Offset.Bytes())
				}
			}
			for _, v := range commands.Values {
				if strings.Contains(b.Text, v.Name+" =") {
					ask(v.Name, v.Name, v.Value)
				}
			}
			dir := t.TempDir()
			put(t, filepath.Join(dir, "layout.c"), program+"return 0; }\n")
			var said bytes.Buffer
			gcc := command.Cmd{Path: "gcc", Args: []string{"-std=gnu11", "-static", "-o", "layout", "layout.c"}, Dir: dir, Stderr: &said}
			if err := withTools(t, gcc, dir).Run(t.Context()); err != nil {
				t.Errorf("%s:%d: %v\n%s", b.File, b.Line, err, said.String())
				continue
			}
			got, err := withTools(t, command.Cmd{Path: filepath.Join(dir, "layout")}, dir).Output(t.Context())
			if err != nil || got != strings.TrimSpace(want) && got != want {
				t.Errorf("%s:%d: the page has, and the kernel has:\n%s\n%s%v", b.File, b.Line, got, want, err)
			}
			shown += strings.Count(want, "\n")
		}
	}
	if shown < 30 {
		t.Errorf("only %d facts are shown", shown)
	}
}

// quick are targets that take seconds once everything is built, and harm nothing: whatever command line pages show of them is run.
var quick = []string{"graph", "why", "env", "deps:check", "cache:info", "ci:cache-key", "new", "completion"}

// left are targets whose command lines in pages are not run by this test, with the reason.
var left = map[string]string{
	"run": "TestSamplesInVM, TestNew, TestDebugger run samples", "watch": "TestWatch", "vm:run": "TestCommandInVM", "vm:shell": "TestShellInVM", "vm:debug": "TestDebugger",
	"test": "runs this test", "test:samples": "takes minutes; TestTutorial", "ci": "as test:samples", "matrix": "TestMatrix",
	"remote:build": "mage test:slurm", "check:object": "TestHelloObject", "shell": "for people", "build:shell": "for people", "build:check": "takes minutes; TestReproducible",
	"tools:image": "writes a gigabyte", "bisect": "TestBisect", "bench:samples": "takes minutes", "docs": "TestDocs", "dist": "TestDist", "vendor": "TestCratesOfOthers", "lint": "runs in mage test",
}

// What pages show is done: of all command lines in blocks those that are quick and harmless are run, in a copy of the checkout. A target
// that is in neither list fails, so that nobody forgets one.
func TestQuickCommands(t *testing.T) {
	result(t, "kernel")
	root := t.TempDir()
	checkoutWith(t, root, "where commands of pages are run")
	if err := os.Rename(filepath.Join(root, "samples/surroundings"), filepath.Join(root, "samples/hello")); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if b.Language != "sh" || b.File == "docs/tutorial.md" {
				continue
			}
			for _, line := range b.Lines() {
				for _, words := range docs.Commands(line.Text) {
					yes, args := docs.Mage(words)
					if !yes || len(args) == 0 {
						continue
					}
					name := strings.ToLower(args[0])
					switch {
					case args[0] == "-l" || slices.Contains(quick, name):
						t.Run(strings.Join(words, " "), func(t *testing.T) {
							cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool", "mage"}, args...)...)
							cmd.Dir = root
							if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
								t.Errorf("%s:%d: %v\n%s", p.File, line.Line, err, out)
							}
						})
						ran++
					case left[name] == "":
						t.Errorf("%s:%d: mage %s is neither among those that are run here, nor is there a reason why not", p.File, line.Line, args[0])
					}
				}
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were run", ran)
	}
}

// The documentation of the runtime crate has its macros and types, with examples, and the site has the pages, each with what search finds it by.
func TestDocs(t *testing.T) {
	api := result(t, "rustdoc")
	for _, file := range []string{"index.html", "rex/index.html", "rex/attr.rex_xdp.html", "rex/map/type.RexHashMap.html", "rex_macros/index.html"} {
		if _, err := os.Stat(filepath.Join(api, file)); err != nil {
			t.Error(err)
		}
	}
	// Examples are there, without the lines that make extensions of them.
	page, err := os.ReadFile(filepath.Join(api, "rex/attr.rex_xdp.html"))
	if err != nil || !bytes.Contains(page, []byte("drop_discard")) || bytes.Contains(page, []byte("no_main")) {
		t.Errorf("%v: rex_xdp is shown without its example, or with what is hidden of it", err)
	}
	if _, err := os.Stat(filepath.Join(result(t, "tools"), "usr/bin/mkdocs")); err != nil {
		t.Skipf("the site is not looked at, as the tools have no mkdocs: %v", err)
	}
	site := result(t, "docs")
	for _, file := range []string{"index.html", "docs/tutorial/index.html", "docs/race.svg", "api/rex/index.html"} {
		if _, err := os.Stat(filepath.Join(site, file)); err != nil {
			t.Error(err)
		}
	}
	index, err := os.ReadFile(filepath.Join(site, "search/search_index.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"get_func_proto()", "From nothing to an XDP program", "bpf_xdp_adjust_tail"} {
		if !bytes.Contains(index, []byte(words)) {
			t.Errorf("search does not find %q", words)
		}
	}
}

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"rex/toolchain/command"
	"rex/toolchain/kernel"
	"rex/toolchain/rustc"
)

// TestBindingsHaveTheKernelsLayout holds sizes, and the offset of every field, of what the runtime crate reads of the kernel against
// the kernel's own type information (BTF): a bindgen that takes a struct for opaque, say, fails.
func TestBindingsHaveTheKernelsLayout(t *testing.T) {
	bindings, toolchain := result(t, "bindings"), result(t, "toolchain")
	spec, err := btf.LoadSpec(filepath.Join(result(t, "kernel"), kernel.Vmlinux))
	if err != nil {
		t.Fatal(err)
	}
	// By the bindings' files.
	types := map[string][]string{"kernel": {"task_struct", "sk_buff", "pt_regs", "xdp_buff", "net_device"}, "bpf": {"xdp_md", "__sk_buff"}}
	want := map[string]string{}
	var program strings.Builder
	program.WriteString("use std::mem::{offset_of, size_of};\nfn main() {\n")
	for module, names := range types {
		for _, name := range names {
			var s *btf.Struct
			if err := spec.TypeByName(name, &s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ask := func(what, expression string, value uint32) {
				want[name+" "+what] = fmt.Sprint(value)
				fmt.Fprintf(&program, "    println!(\"%s %s {}\", %s);\n", name, what, expression)
			}
			path := module + "::" + name
			ask("size", "size_of::<"+path+">()", s.Size)
			for _, m := range s.Members {
				if m.Name == "" || m.BitfieldSize > 0 {
					continue // bindgen gives them names of its own
				}
				ask(m.Name, "offset_of!("+path+", "+field(m.Name)+")", m.Offset.Bytes())
			}
		}
	}
	program.WriteString("}\n")
	for module := range types {
		fmt.Fprintf(&program, "#[allow(warnings)]\nmod %s { include!(%q); }\n", module, filepath.Join(bindings, module+".rs"))
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "main.rs")
	if err := os.WriteFile(source, []byte(program.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	compile := command.Cmd{Path: filepath.Join(toolchain, rustc.Rustc), Args: []string{"--edition=2024", "-o", filepath.Join(dir, "main"), source}, Dir: dir}
	if err := withTools(t, compile, dir).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, err := withTools(t, command.Cmd{Path: filepath.Join(dir, "main")}, dir).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) == 3 {
			got[f[0]+" "+f[1]] = f[2]
		}
	}
	if len(want) < 300 {
		t.Errorf("only %d facts are compared", len(want))
	}
	for what, value := range want {
		if got[what] != value {
			t.Errorf("%s: bindings have %q, the kernel %s", what, got[what], value)
		}
	}
}

// field is the name that bindgen gives a field.
func field(name string) string {
	switch name {
	case "type", "ref", "match", "in", "use", "mod", "move", "fn", "priv", "final", "abstract", "box", "become", "do", "macro", "override", "unsized", "virtual", "yield", "try", "async", "await", "dyn":
		return name + "_"
	}
	return name
}

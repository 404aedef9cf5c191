// Package acceptance asks what the stages built whether it is what was promised: first the artifacts,
// then the kernel itself, running the samples. `mage test` runs it; everything is built before.
package acceptance

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/docs"
	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/inspection"
	"rex/toolchain/passes"
	"rex/toolchain/project"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/sandbox"
	"rex/toolchain/vm"
)

var rex *project.Project

func TestMain(m *testing.M) {
	if os.Getenv("REX_ACCEPTANCE") == "" {
		os.Exit(m.Run()) // each test says that it is skipped
	}
	var err error
	if rex, err = project.Open(context.Background(), filepath.Join("..", "..")); err != nil {
		panic(err)
	}
	code := m.Run()
	rex.Close()
	os.Exit(code)
}

// result returns the folder of a stage's result, building it if need be.
func result(t *testing.T, name string) string {
	t.Helper()
	if rex == nil {
		t.Skip("skipped: needs the built artifacts; `mage test` builds them and runs this")
	}
	s, err := rex.Stage(name)
	if err != nil {
		t.Fatal(err)
	}
	results, err := rex.Runner.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return results[name].Dir
}

// withTools makes cmd one that runs with the stages' tools. It sees the results, and can write to the folders; paths are
// those of the host.
func withTools(t *testing.T, cmd command.Cmd, folders ...string) *command.Cmd {
	t.Helper()
	ready, err := rex.Tools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	box := sandbox.Box{Mounts: []sandbox.Mount{{Host: rex.Store.Dir(), Inside: rex.Store.Dir()}, {Host: rex.Root, Inside: rex.Root}}}
	for _, dir := range folders {
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: dir, Inside: dir, Writable: true})
	}
	inside, err := ready.Command(cmd, box)
	if err != nil {
		t.Fatal(err)
	}
	return inside
}

func TestKernelHasRexAndTypes(t *testing.T) {
	dir := result(t, "kernel")
	f, err := elf.Open(filepath.Join(dir, kernel.Vmlinux))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, s := range symbols {
		has[s.Name] = true
	}
	for _, name := range []string{"rex_dispatch", "rex_landingpad", "rex_image_load", "rex_prog_load"} {
		if !has[name] {
			t.Errorf("vmlinux lacks %s", name)
		}
	}
	if s := f.Section(".BTF"); s == nil || s.Size < 100_000 {
		t.Error("vmlinux has no type information (.BTF)")
	}
	exports, err := object.Exports(filepath.Join(dir, kernel.Exports))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range exports {
		if !has["__rex_export_"+name] {
			t.Errorf("%s lists %s, which vmlinux does not export", kernel.Exports, name)
		}
	}
	config, err := os.ReadFile(filepath.Join(dir, kernel.Config))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"CONFIG_BPF_REX=y", "CONFIG_PVH=y", "CONFIG_VIRTIO_CONSOLE=y", "CONFIG_VIRTIO_MMIO=y", "CONFIG_VIRTIO_VSOCKETS=y", "CONFIG_VIRTIO_FS=y", "CONFIG_9P_FS=y", "CONFIG_GDB_SCRIPTS=y", "CONFIG_KALLSYMS_ALL=y"} {
		if !strings.Contains(string(config), "\n"+line+"\n") {
			t.Errorf("the kernel's config lacks %s", line)
		}
	}
	for _, file := range []string{kernel.Image, "System.map", "usr/include/linux/bpf.h", "include/generated/autoconf.h"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
}

func TestCompilerKnowsRex(t *testing.T) {
	dir := result(t, "toolchain")
	out, err := withTools(t, command.Cmd{Path: filepath.Join(dir, rustc.Rustc), Args: []string{"-C", "help"}}).Output(t.Context())
	if err != nil || !strings.Contains(out, "enable-rex") {
		t.Errorf("rustc -C help does not list enable-rex: %v", err)
	}
}

// crate writes an empty extension-like crate.
func crate(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.rs")
	if err := os.WriteFile(file, []byte("#![no_std]\n#![no_core]\n#![no_main]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// The rustc stage's result is the compiler before it gets its plugin.
func TestCompilerRefusesWithoutPlugin(t *testing.T) {
	dir := result(t, "rustc")
	out := &bytes.Buffer{}
	file := crate(t)
	err := withTools(t, command.Cmd{
		Path:   filepath.Join(dir, rustc.Rustc),
		Args:   []string{"--crate-type=bin", "-Cenable_rex", "--target", sample.Target, "--out-dir", filepath.Dir(file), file},
		Stderr: out,
	}, filepath.Dir(file)).Run(t.Context())
	if err == nil || !strings.Contains(out.String(), filepath.Join(dir, rustc.Plugin)) {
		t.Errorf("without its plugin rustc says %v: %s; want an error that names the file", err, out)
	}
}

func TestPluginRegistersPasses(t *testing.T) {
	plugin := filepath.Join(result(t, "passes"), passes.File)
	for _, pass := range []string{"rex-entry", "rex-termination", "rex-names"} {
		ir := "define void @__rex_handle_timeout() {\n  ret void\n}\n"
		opt := command.Cmd{Path: "opt", Args: []string{"-load-pass-plugin=" + plugin, "-passes=" + pass, "-S", "-o", os.DevNull}, Stdin: strings.NewReader(ir)}
		err := withTools(t, opt).Run(t.Context())
		if err != nil {
			t.Errorf("%s: %v", pass, err)
		}
	}
}

// What librex.so exports is what its header declares.
func TestLibrexExportsItsHeader(t *testing.T) {
	dir := result(t, "librex")
	f, err := elf.Open(filepath.Join(dir, "lib/librex.so"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var exported []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			exported = append(exported, s.Name)
		}
	}
	header, err := os.ReadFile(filepath.Join(dir, "include/librex.h"))
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, m := range regexp.MustCompile(`(?s)LIBREX_API[^;]*?\b(rex_\w+)\(`).FindAllSubmatch(header, -1) {
		declared = append(declared, string(m[1]))
	}
	slices.Sort(exported)
	slices.Sort(declared)
	if len(declared) == 0 || !slices.Equal(exported, declared) {
		t.Errorf("librex.so exports %v; librex.h declares %v", exported, declared)
	}
}

func TestHelloObject(t *testing.T) {
	dir := result(t, "sample-hello")
	path := filepath.Join(dir, "target", sample.Target, "release/hello")
	o, err := rex.InspectObject(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Programs) != 1 || o.Programs[0].Name != "rex_prog1" || o.Programs[0].Section != "rex/tracepoint/syscalls/sys_enter_dup" {
		t.Errorf("programs: %+v; want rex_prog1 in its tracepoint's section", o.Programs)
	}
	if len(o.Maps) != 0 {
		t.Errorf("maps: %+v; want none", o.Maps)
	}
	if err := o.Err(); err != nil {
		t.Error(err)
	}
	if o.Signature.State != inspection.Valid {
		t.Errorf("signature: %s; want it valid", o.Signature.State)
	}
	// The check can fail: a kernel that exports nothing must not take it.
	none, err := inspection.File(path, inspection.Kernel{Exports: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := none.Err(); err == nil || !strings.Contains(err.Error(), "rex_trace_printk") {
		t.Errorf("against an empty export table: %v; want the imports refused", err)
	}
	// Neither the checkout nor the cache shows in what the kernel will print.
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{rex.Root, rex.Store.Dir()} {
		if bytes.Contains(text, []byte(place)) {
			t.Errorf("the object holds the path %s", place)
		}
	}
}

// Every sample that says what it must show shows it, on the real kernel, and so does its twin for eBPF, unless that is refused as it must be.
// What pages say that it prints it prints, but for numbers.
func TestSamplesInVM(t *testing.T) {
	result(t, "kernel")
	names, err := sample.List(filepath.Join(rex.Root, "samples"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("no samples")
	}
	pages := pages(t)
	test := func(s *sample.Sample) {
		t.Run(s.Title(), func(t *testing.T) {
			t.Parallel() // as many machines as CPUs
			var printed bytes.Buffer
			r, err := rex.RunSample(t.Context(), s.Name, project.Wish{EBPF: s.EBPF}, io.MultiWriter(&logger{t: t}, &printed))
			if errors.Is(err, project.ErrNoPackages) {
				t.Skipf("skipped: %v", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != vm.Passed {
				t.Errorf("%s: %s\n  %s\nconsole: %s", r.Verdict, r.Reason, strings.Join(r.Evidence, "\n  "), r.Console)
			}
			for _, p := range pages {
				for _, b := range p.Blocks {
					if b.Value("prints") == s.Name && b.Is("ebpf") == s.EBPF {
						for _, line := range docs.Missing(b.Text, printed.String()) {
							t.Errorf("%s:%d: it has not printed %q", b.File, b.Line, line)
						}
					}
				}
			}
		})
	}
	for _, name := range names {
		s, err := sample.Open(filepath.Join(rex.Root, "samples"), name)
		if err != nil {
			t.Fatal(err)
		}
		test(s)
		if twin, err := s.AsEBPF(); err == nil {
			test(twin)
		}
	}
}

// logger passes whole lines on to the test's log.
type logger struct {
	t    *testing.T
	part []byte
}

func (l *logger) Write(p []byte) (int, error) {
	l.part = append(l.part, p...)
	for {
		line, rest, ok := bytes.Cut(l.part, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		l.t.Logf("%s", line)
		l.part = rest
	}
}

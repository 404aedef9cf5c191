package librex

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"rex/toolchain/command"
)

// artifact is a stage's result, which a variable names.
func artifact(t *testing.T, variable string) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("SKIPPED: %s names no result (mage test does)", variable)
	}
	return dir
}

// TestLoader runs the library's own tests: damaged files, and what libbpf makes of the view.
func TestLoader(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short: compiles C")
	}
	libbpf := artifact(t, "REX_TEST_LIBBPF")
	cc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("SKIPPED: no gcc")
	}
	var out bytes.Buffer
	err = (&command.Cmd{
		Path: "make",
		Args: []string{"-C", "../../librex/loader", "CC=" + cc, "OUT=" + t.TempDir(), "LIBBPF=" + libbpf, "check"},
		Env:  []string{"MAKEFLAGS=", "LC_ALL=C"}, Stdout: &out, Stderr: &out,
	}).Run(t.Context())
	if err != nil || !bytes.Contains(out.Bytes(), []byte("image_test: ok")) {
		t.Errorf("make check: %v\n%s", err, out.Bytes())
	}
}

// TestHeader compiles librex.h alone, as old and new C and as C++.
func TestHeader(t *testing.T) {
	for _, c := range []struct{ compiler, lang, std string }{
		{"gcc", "c", "c89"}, {"gcc", "c", "c99"}, {"gcc", "c", "c11"}, {"gcc", "c", "c2x"}, {"g++", "c++", "c++98"}, {"g++", "c++", "c++20"},
	} {
		t.Run(c.std, func(t *testing.T) {
			if _, err := exec.LookPath(c.compiler); err != nil {
				t.Skipf("SKIPPED: no %s", c.compiler)
			}
			var out bytes.Buffer
			err := (&command.Cmd{
				Path:   c.compiler,
				Args:   []string{"-std=" + c.std, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-x", c.lang, "-include", "../../librex/loader/librex.h", "/dev/null"},
				Stdout: &out, Stderr: &out,
			}).Run(t.Context())
			if err != nil {
				t.Errorf("%v\n%s", err, out.Bytes())
			}
		})
	}
}

var space = regexp.MustCompile(`\s+`)

// TestBindings looks for what programs rely on, in the types that they rely on.
func TestBindings(t *testing.T) {
	dir := artifact(t, "REX_TEST_BINDINGS")
	const integer = `(_bindgen_ty_\d+|[a-z_]+)`
	for _, c := range []struct{ module, want string }{
		{"bpf", `pub type bpf_map_type = core::ffi::c_uint;`},
		{"bpf", `pub const BPF_MAP_TYPE_HASH: bpf_map_type = 1;`},
		{"bpf", `pub const BPF_MAP_TYPE_RINGBUF: bpf_map_type = 27;`},
		{"bpf", `pub const BPF_NOEXIST: ` + integer + ` = 1;`},
		{"bpf", `pub const BPF_F_USER_STACK: ` + integer + ` = 256;`},
		{"bpf", `pub const BPF_F_INDEX_MASK: ` + integer + ` = 4294967295;`},
		{"bpf", `pub const XDP_REDIRECT: xdp_action = 4;`},
		{"bpf", `#\[derive\([^)]*Default[^)]*\)\]pub struct bpf_spin_lock \{pub val: __u32,\}`},
		{"bpf", `pub struct xdp_md \{`},
		{"errno", `pub const EINVAL: u32 = 22;`},
		{"in", `pub const IPPROTO_UDP: ` + integer + ` = 17;`},
		{"perf_event", `pub const PERF_MAX_STACK_DEPTH: u32 = 127;`},
		{"pkt_cls", `pub const TC_ACT_UNSPEC: i32 = -1;`},
		{"pkt_cls", `pub const TC_ACT_REDIRECT: u32 = 7;`},
		{"ptrace", `pub const PTRACE_ATTACH: u32 = 16;`},
		{"seccomp", `pub struct seccomp_data \{.*pub instruction_pointer: __u64, pub args: \[__u64; 6usize\],`},
		{"unistd", `pub const __NR_getuid: u32 = 102;`},
		{"kernel", `pub struct task_struct \{`},
		{"kernel", `pub struct sk_buff \{`},
		{"kernel", `pub struct bpf_perf_event_data_kern \{`},
	} {
		text, err := os.ReadFile(filepath.Join(dir, c.module+".rs"))
		if err != nil {
			t.Fatal(err)
		}
		// Layout does not matter: it is as bindgen left it.
		if !regexp.MustCompile(space.ReplaceAllString(c.want, "")).Match(space.ReplaceAll(text, nil)) {
			t.Errorf("%s.rs has no %s", c.module, c.want)
		}
	}
	ptrace, err := os.ReadFile(filepath.Join(dir, "ptrace.rs"))
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`struct\s+pt_regs\b`).Match(ptrace) {
		t.Error("ptrace.rs has a struct pt_regs, which would be taken for the kernel's")
	}
}

package kernel

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// Selftests is one build of Linux's own tests of BPF (tools/testing/selftests/bpf), static, for a guest without libraries.
type Selftests struct {
	Source string   // kernel tree; not written to
	Kernel string   // a kernel's result, whose types the tests' programs see
	Tests  []string // of prog_tests, without .c
	// Certificate is of the key that test_progs adds to the session's keyring before it begins; no test of the list uses it.
	Certificate *x509.Certificate
	Workspace   string
	Pool        *jobserver.Pool
	Log         string
	Output      io.Writer
}

// SelftestPrograms are the programs that a build makes. test_verifier wants a module of the kernel, and test_maps a parser of
// streams that the config lacks; test_progs has most of the verifier's tests, too.
var SelftestPrograms = []string{"test_progs", "test_lru_map"}

// ReadList reads a list of tests: one in a line, # begins a comment, and - comes before what is not to be run.
func ReadList(path string) (names, denied []string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "#")
		switch name = strings.TrimSpace(name); {
		case name == "":
		case name[0] == '-':
			denied = append(denied, name[1:])
		default:
			names = append(names, name)
		}
	}
	return names, denied, nil
}

// Run builds the programs and the BPF objects that they open into out.
func (s *Selftests) Run(ctx context.Context, out string) error {
	src, obj := filepath.Join(s.Workspace, "src"), filepath.Join(s.Workspace, "obj")
	for _, dir := range []string{"tools", "scripts", "include/uapi", "kernel/bpf", "arch/x86/include"} {
		if err := worktree.Sync(ctx, filepath.Join(s.Source, dir), filepath.Join(src, dir)); err != nil {
			return fmt.Errorf("working copy of the selftests: %w", err)
		}
	}
	if err := os.MkdirAll(obj, 0o755); err != nil {
		return err
	}
	bpf := filepath.Join(src, "tools/testing/selftests/bpf")
	if err := s.choose(filepath.Join(bpf, "prog_tests")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(bpf, "verification_cert.h"), certificateHeader(s.Certificate), 0o644); err != nil {
		return err
	}
	programs, err := bpfPrograms(bpf)
	if err != nil {
		return err
	}
	err = (&command.Cmd{
		Path: "make",
		Args: append([]string{
			"-C", bpf, "OUTPUT=" + obj, "VMLINUX_BTF=" + filepath.Join(s.Kernel, Vmlinux),
			"CLANG=clang", "LLC=llc", "LLVM_STRIP=llvm-strip", "LLVM_CONFIG=llvm-config",
			"KHDR_INCLUDES=-isystem " + filepath.Join(s.Kernel, Headers), "LDLIBS=-lelf -lz -lzstd -lrt -lpthread -static",
			// Neither a disassembler for messages, nor the programs of other tests, nor modules and files for them.
			"feature-llvm=0",
			"TRUNNER_BPF_SRCS=" + strings.Join(programs, " "), "TRUNNER_BPF_LSKELS=", "TRUNNER_BPF_LSKELS_SIGNED=", "VERIFY_SIG_HDR=", "TRUNNER_BPF_SKELS_LINKED=", "TRUNNER_EXTRA_FILES=", "RESOLVE_BTFIDS=true",
		}, SelftestPrograms...),
		Env:        []string{"MAKEFLAGS=" + s.Pool.MakeFlags(), "LC_ALL=C"},
		ExtraFiles: s.Pool.Pipe(), Log: s.Log, Stdout: s.Output, Stderr: s.Output,
	}).Run(ctx)
	if err != nil {
		return err
	}
	files := slices.Clone(SelftestPrograms)
	for _, p := range programs {
		files = append(files, strings.TrimSuffix(p, ".c")+".bpf.o")
	}
	for _, f := range files {
		if err := worktree.Copy(filepath.Join(obj, f), filepath.Join(out, f)); err != nil {
			return err
		}
	}
	return nil
}

// certificateHeader is what the Makefile would make with openssl and xxd.
func certificateHeader(certificate *x509.Certificate) []byte {
	const name = "test_progs_verification_cert"
	var b bytes.Buffer
	fmt.Fprintf(&b, "unsigned char %s[] = {", name)
	for _, octet := range certificate.Raw {
		fmt.Fprintf(&b, "%d,", octet)
	}
	fmt.Fprintf(&b, "};\nunsigned int %s_len = sizeof(%s);\n", name, name)
	return b.Bytes()
}

// choose leaves in dir only the tests that are listed: test_progs is made of all that are there.
func (s *Selftests) choose(dir string) error {
	found, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil {
		return err
	}
	for _, name := range s.Tests {
		if !slices.Contains(found, filepath.Join(dir, name+".c")) {
			return fmt.Errorf("selftests: there is no test %s in this kernel's prog_tests", name)
		}
	}
	for _, path := range found {
		if !slices.Contains(s.Tests, strings.TrimSuffix(filepath.Base(path), ".c")) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// bpfObject is how a test names the object of a BPF program, or the header made from it.
var bpfObject = regexp.MustCompile(`"(?:\./)?(\w+)\.(?:skel\.h|bpf\.o)"`)

// bpfPrograms lists the sources, below progs, of the BPF programs that the tests in dir use.
func bpfPrograms(dir string) ([]string, error) {
	var names []string
	paths, err := filepath.Glob(filepath.Join(dir, "prog_tests/*.c"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for _, m := range bpfObject.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1])+".c")
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

package librex

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/command"
)

// Bindings is one run of bindgen over a kernel's headers.
type Bindings struct {
	Source string // patched kernel tree
	Kernel string // kernel result, laid out as an object tree
	Log    string
	Output io.Writer
}

// uapi are the modules of rex::linux and their headers below usr/include.
var uapi = map[string]string{
	"bpf": "linux/bpf.h", "errno": "linux/errno.h", "in": "linux/in.h", "perf_event": "linux/perf_event.h",
	"pkt_cls": "linux/pkt_cls.h", "ptrace": "linux/ptrace.h", "seccomp": "linux/seccomp.h", "unistd": "linux/unistd.h",
}

// kernelHeaders declare what the runtime crate reads of the kernel itself.
const kernelHeaders = `#include <linux/bpf.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/netdevice.h>
#include <linux/perf_event.h>
#include <linux/filter.h>
#include <net/xdp.h>
#include <net/sock.h>
`

// kernelTypes are the types that kernel.rs defines, with what they hold.
var kernelTypes = []string{"task_struct", "pt_regs", "sk_buff", "xdp_buff", "xdp_rxq_info", "net_device", "bpf_perf_event_data_kern", "perf_sample_data", "bpf_array"}

// opaque are types that bindgen can't lay out field by field, and that nobody looks into.
const opaque = "xregs_state|desc_struct|arch_lbr_state|local_apic|alt_instr|x86_msi_data|x86_msi_addr_lo|spinlock"

// Run writes one file per module of rex::linux, and kernel.rs, to out.
func (b *Bindings) Run(ctx context.Context, out string) error {
	for name, header := range uapi {
		text := "#include <" + header + ">\n"
		err := b.bindgen(ctx, filepath.Join(out, name+".rs"), text,
			[]string{"--no-layout-tests", "--no-derive-debug", "--default-enum-style", "consts", "--no-prepend-enum-name", "--with-derive-default", "--no-doc-comments",
				"--blocklist-type", "pt_regs"},
			[]string{"-nostdinc", "-I" + filepath.Join(b.Kernel, "usr/include")})
		if err != nil {
			return fmt.Errorf("bindings of %s: %w", header, err)
		}
	}
	err := b.bindgen(ctx, filepath.Join(out, "kernel.rs"), kernelHeaders,
		[]string{"--no-layout-tests", "--no-derive-debug", "--no-derive-copy", "--no-doc-comments", "--opaque-type", opaque,
			"--allowlist-type", strings.Join(kernelTypes, "|")}, b.kernelFlags())
	if err != nil {
		return fmt.Errorf("bindings of the kernel: %w", err)
	}
	return nil
}

// kernelFlags are the flags of the kernel's own build that shape its types.
func (b *Bindings) kernelFlags() []string {
	return []string{
		"-nostdinc", "-I" + filepath.Join(b.Source, "arch/x86/include"), "-I" + filepath.Join(b.Kernel, "arch/x86/include/generated"),
		"-I" + filepath.Join(b.Source, "include"), "-I" + filepath.Join(b.Kernel, "include"),
		"-I" + filepath.Join(b.Source, "arch/x86/include/uapi"), "-I" + filepath.Join(b.Kernel, "arch/x86/include/generated/uapi"),
		"-I" + filepath.Join(b.Source, "include/uapi"), "-I" + filepath.Join(b.Kernel, "include/generated/uapi"),
		"-include", filepath.Join(b.Source, "include/linux/compiler-version.h"),
		"-include", filepath.Join(b.Source, "include/linux/kconfig.h"),
		"-include", filepath.Join(b.Source, "include/linux/compiler_types.h"),
		"-D__KERNEL__", "-std=gnu11", "-fshort-wchar", "-funsigned-char", "-fno-strict-aliasing", "-mno-sse", "-mno-mmx", "-mno-sse2",
		"-mno-avx", "-m64", "-mno-80387", "-mno-red-zone", "-mcmodel=kernel", "-pg", "-mfentry", "-DCC_USING_FENTRY", "-DMODULE",
		`-DKBUILD_MODNAME="rex"`, `-DKBUILD_BASENAME="rex"`, "-w",
	}
}

func (b *Bindings) bindgen(ctx context.Context, out, header string, options, clang []string) error {
	dir, err := os.MkdirTemp("", "rex-bindgen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	input := filepath.Join(dir, "rex.h")
	if err := os.WriteFile(input, []byte(header), 0o644); err != nil {
		return err
	}
	args := append([]string{"--use-core", "--ctypes-prefix", "core::ffi", "-o", out}, options...)
	args = append(append(args, input, "--"), clang...)
	return (&command.Cmd{Path: "bindgen", Args: args, Env: []string{"LIBCLANG_PATH=" + os.Getenv("LIBCLANG_PATH")}, Log: b.Log, Stdout: b.Output, Stderr: b.Output}).Run(ctx)
}

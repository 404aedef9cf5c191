package acceptance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/debian"
	"rex/toolchain/dist"
	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/inspection"
	"rex/toolchain/signing"
	"rex/toolchain/vm"
	"rex/toolchain/worktree"
)

// useRelease has packages made of a version; an empty one is that of `mage dist` by itself.
func useRelease(t *testing.T, version string) {
	t.Helper()
	if rex == nil {
		t.Skip("skipped: needs the built artifacts; `mage test` builds them and runs this")
	}
	if err := rex.UseRelease(dist.Release{Version: version}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rex.UseRelease(dist.Release{}); err != nil {
			t.Error(err)
		}
	})
}

// packageOf returns the file of a package.
func packageOf(t *testing.T, kind string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(result(t, "package-"+kind), "*.deb"))
	if err != nil || len(files) != 1 {
		t.Fatalf("package %s: %v, %v; want one file", kind, files, err)
	}
	return files[0]
}

// unpacked returns a folder with the files of packages.
func unpacked(t *testing.T, kinds ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, kind := range kinds {
		if out, err := withTools(t, command.Cmd{Path: "dpkg-deb", Args: []string{"--extract", packageOf(t, kind), root}}, root).Output(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return root
}

// shipping returns the blocks of docs/shipping.md that a word on their fences marks.
func shipping(t *testing.T, word string, count int) []string {
	t.Helper()
	var blocks []string
	for _, p := range pages(t) {
		for _, b := range p.Blocks {
			if p.File == "docs/shipping.md" && b.Is(word) {
				blocks = append(blocks, b.Text)
			}
		}
	}
	if len(blocks) != count {
		t.Fatalf("docs/shipping.md has %d blocks %q; this test knows what to do with %d", len(blocks), word, count)
	}
	return blocks
}

// TestPackagedCompiler builds an extension with nothing but what the packages hold, and signs it with a key of its own.
func TestPackagedCompiler(t *testing.T) {
	root := unpacked(t, dist.Toolchain, dist.LibrexDev, dist.Librex)
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "mine"), os.DirFS(filepath.Join(rex.Root, "samples/hello"))); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(work, "mine/Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	there := strings.Replace(string(text), "../../rex", filepath.Join(root, "usr/share/rex/crates/rex"), 1)
	if err := os.WriteFile(manifest, []byte(there), 0o644); err != nil {
		t.Fatal(err)
	}
	// The tree's own programs, and those of the packages, which lie elsewhere than they would be installed.
	script := `PATH="` + filepath.Join(root, "usr/bin") + `:$PATH"` + "\n" + shipping(t, "packaged", 1)[0]
	out, err := withTools(t, command.Cmd{Path: "sh", Args: []string{"-eux", "-c", script}, Dir: filepath.Join(work, "mine"), Env: []string{"HOME=" + work}}, root, work).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out)
	file := filepath.Join(work, "mine/target/x86_64-unknown-none/release/hello")
	certificate, err := signing.ReadCertificate(filepath.Join(work, ".config/rex/keys/certificate.pem"))
	if err != nil {
		t.Fatal(err)
	}
	exports, err := object.Exports(filepath.Join(root, "usr/share/rex/kernel", kernel.Exports))
	if err != nil {
		t.Fatal(err)
	}
	report, err := inspection.File(file, inspection.Kernel{Exports: exports, Certificate: certificate})
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err != nil || report.Signature.State == inspection.Unsigned {
		t.Errorf("what the packages have built and signed: %v, signature %v", err, report.Signature)
	}
}

// module is a kernel module of one function.
func module(t *testing.T, headers string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Makefile": "obj-m := outsider.o\n",
		"outsider.c": `#include <linux/module.h>
static int __init start(void) { pr_info("outsider: here\n"); return 0; }
static void __exit stop(void) { pr_info("outsider: gone\n"); }
module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("built outside of the kernel's tree");
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := withTools(t, command.Cmd{Path: "make", Args: []string{"-C", headers, "M=" + dir, "LLVM=1", "modules"}}, filepath.Dir(headers), dir).Output(t.Context())
	if err != nil {
		t.Fatalf("a module does not build: %v\n%s", err, out)
	}
	return filepath.Join(dir, "outsider.ko")
}

// system is a Debian on a disk.
type system struct {
	t       *testing.T
	builder *debian.Builder
	tree    string
	dir     string // holds the disk, and the kernel it was booted with last
	share   string
	release string // of the packaged kernel
	starts  int
}

// newSystem is one on which nothing of ours is installed.
func newSystem(t *testing.T, release string) *system {
	t.Helper()
	builder, err := rex.Debian(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	image, tree, err := builder.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &system{t: t, builder: builder, tree: tree, dir: t.TempDir(), share: t.TempDir(), release: release}
	if err := os.Chmod(s.share, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := (&command.Cmd{Path: "cp", Args: []string{"--sparse=always", image, filepath.Join(s.dir, "disk")}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// put brings a file to where the system sees the share.
func (s *system) put(from, name string) {
	s.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(s.share, name)), 0o755), worktree.Copy(from, filepath.Join(s.share, name))); err != nil {
		s.t.Fatal(err)
	}
}

// kernel takes the kernel off the disk, as a boot loader would.
func (s *system) kernel() string {
	s.t.Helper()
	_ = os.Remove(filepath.Join(s.dir, "vmlinuz")) // debugfs says nothing of what goes wrong
	if err := s.builder.Program(s.t.Context(), s.tree, s.dir, "debugfs", "-R", fmt.Sprintf("dump /boot/vmlinuz-%s vmlinuz", s.release), "disk"); err != nil {
		s.t.Fatal(err)
	}
	return filepath.Join(s.dir, "vmlinuz")
}

// start boots the system, which runs a step in a shell that ends at the first command that fails, and stops. image is the kernel; empty for the tests' own.
func (s *system) start(image, step string) {
	s.t.Helper()
	s.starts++
	name := fmt.Sprintf("debian-%d", s.starts)
	machine, err := rex.Machine(s.t.Context(), name, vm.Options{Memory: 1024, CPUs: 2, Disks: []string{filepath.Join(s.dir, "disk")}, Append: "rex.step"})
	if err != nil {
		s.t.Fatal(err)
	}
	if image != "" {
		machine.Kernel = image
	}
	for _, old := range []string{"log", "status"} {
		_ = os.Remove(filepath.Join(s.share, old))
	}
	if err := os.WriteFile(filepath.Join(s.share, "step"), []byte(functions+step), 0o755); err != nil {
		s.t.Fatal(err)
	}
	began := time.Now()
	trouble, err := machine.RunDisk(s.t.Context(), 30*time.Minute, map[string]string{debian.Share: s.share})
	if err != nil {
		s.t.Fatal(err)
	}
	log, status, err := debian.Outcome(s.share)
	s.t.Logf("start %d took %.0f s", s.starts, time.Since(began).Seconds())
	if err != nil || status != 0 {
		s.t.Fatalf("start %d: status %d, %v; its console is %s\n%s", s.starts, status, err, machine.Console, log)
	}
	if len(trouble) > 0 {
		s.t.Errorf("start %d: the kernel reported trouble:\n%s", s.starts, strings.Join(trouble, "\n"))
	}
}

// functions of the shell of the shell, which takes a negation for no failure; hello's program runs when a task calls dup(2).
const functions = `
not() { if "$@"; then echo "this must not work: $*"; exit 1; fi; }
runs() {
    echo >/sys/kernel/tracing/trace
    /mnt/trigger
    sleep 1
    grep -q 'Rust triggered from PID' /sys/kernel/tracing/trace
}
program() { rex show hello | sed -n 's/.* program rex_prog1: id \([0-9]*\),.*/\1/p'; }
`

// TestDist installs the packages in a Debian with systemd and boots it with the packaged kernel: an extension that is enabled as a unit is there
// after each start, over an upgrade too, and nothing stays when the packages are removed.
func TestDist(t *testing.T) {
	if os.Getenv("REX_TEST_DIST") == "" {
		t.Skip("skipped: takes a mirror of Debian, and a quarter of an hour; `mage test:dist` runs this")
	}
	useRelease(t, "")
	release, err := kernel.Release(result(t, "kernel"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSystem(t, release)
	hello := result(t, "sample-hello")
	headers := unpacked(t, dist.Headers)
	for _, v := range []struct{ folder, version string }{{"first", ""}, {"second", "9.9.9-1"}} {
		useRelease(t, v.version)
		for _, kind := range []string{dist.Image, dist.Librex, dist.Tools} {
			file := packageOf(t, kind)
			s.put(file, filepath.Join(v.folder, filepath.Base(file)))
		}
	}
	s.put(filepath.Join(hello, "target/x86_64-unknown-none/release/hello"), "first/hello")
	s.put(filepath.Join(hello, "trigger"), "trigger")
	blocks := shipping(t, "debian", 4)
	install, look, upgrade, remove := blocks[0], blocks[1], blocks[2], blocks[3]
	s.put(module(t, filepath.Join(headers, "usr/src/linux-headers-"+release)), "outsider.ko")
	certificate, err := rex.Certificate()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.share, "first/certificate.der"), certificate.Raw, 0o644); err != nil {
		t.Fatal(err)
	}

	s.start("", `
not command -v rex
cd /mnt/first
`+install+`
test -e /boot/vmlinuz-`+release+`
ldd /usr/lib/librex.so /usr/bin/rex-bpftool
not sh -c "ldd /usr/lib/librex.so /usr/bin/rex-bpftool | grep 'not found'"
`)
	s.start(s.kernel(), `
test "$(uname -r)" = `+release+`
systemctl is-active multi-user.target rex-keys.service rex@hello.service
systemctl list-units --failed --no-legend --plain | tee /tmp/failed
not test -s /tmp/failed
`+look+`
rex list | grep -E '^hello +attached +1 +1 +0$'
rex show hello | grep -E 'link rex_prog1: id [0-9]+, perf_event sys_enter_dup, program [0-9]+$'
runs
# Nobody adds a key now, and what no key of the ring has signed is refused.
not rex trust
head -c -1 /mnt/first/hello >/tmp/unsigned
not rex load /tmp/unsigned
not rex attach hello
not rex attach nosuch
not rex attach /mnt/first/hello nosuch=eth0
insmod /mnt/outsider.ko
grep '^outsider ' /proc/modules
rmmod outsider
# The extension runs through an upgrade.
before=$(program)
cd /mnt/second
`+upgrade+`
rex --version | grep -F 9.9.9-1
systemctl is-active rex@hello.service
test "$before" = "$(program)"
runs
`)
	s.start(s.kernel(), `
for p in linux-image-`+release+` librex rex-tools; do dpkg-query --show --showformat='${Package} ${Version}\n' $p | grep -F ' 9.9.9-1'; done
systemctl is-active rex@hello.service
runs
systemctl stop rex@hello.service
not runs
not sh -c 'rex list | grep hello'
rex load hello
rex list | grep -E '^hello +loaded +1 +0 +0$'
not runs
rex detach hello
systemctl start rex@hello.service
runs
# Removed, it is gone.
dpkg --remove rex-tools
not runs
not sh -c 'ls /sys/fs/bpf/rex/*'
dpkg --install /mnt/second/rex-tools_*.deb
systemctl start rex@hello.service
runs
rm -r /etc/rex/keys/* /etc/rex/extensions/*
`+remove+`
not runs
find /boot /usr/lib/modules /etc/rex /usr/lib/rex /etc/systemd/system/multi-user.target.wants -name '*rex@*' -o -name '*-rex*' -o -name rex >/tmp/left || true
cat /tmp/left
not test -s /tmp/left
`)
	s.start("", `
not command -v rex
systemctl list-units --failed --no-legend --plain | tee /tmp/failed
not test -s /tmp/failed
`)
}

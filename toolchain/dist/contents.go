package dist

import (
	_ "embed"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/kernel"
)

// Results are the folders of what the packages are made of.
type Results struct {
	Kernel, Bindings, Librex, Toolchain, GuestTools string
	Commands                                        []string          // folders that hold one static program each: rex, rex-check, rex-sign
	Crates                                          map[string]string // folders of crates, by their names
	Cargo                                           string            // cargo's configuration for extensions
	Copyright                                       string            // which licence holds where
}

// Names of the packages that have no release of the kernel in it.
const (
	Librex    = "librex"
	LibrexDev = "librex-dev"
	Toolchain = "rex-toolchain"
	Tools     = "rex-tools"
	Image     = "linux-image"   // and the release
	Headers   = "linux-headers" // and the release
)

// Names lists the packages, by their kind.
var Names = []string{Image, Headers, Librex, LibrexDev, Toolchain, Tools}

// Where packages have things.
const (
	share  = "usr/share/rex"
	prefix = "usr/lib/rex"
	units  = "usr/lib/systemd/system"
)

var (
	//go:embed files/rex@.service
	instanceUnit string
	//go:embed files/rex-keys.service
	keysUnit string
	//go:embed files/rex-cargo
	cargoScript string
	//go:embed files/kernel-hook
	kernelHook string
	//go:embed files/tools-prerm
	toolsPrerm string
	//go:embed files/tools-postrm
	toolsPostrm string
	//go:embed files/tools-postinst
	toolsPostinst string
)

// Package returns one of Names, made of results.
func (r *Results) Package(kind string) (*Package, error) {
	p, err := map[string]func() (*Package, error){
		Image: r.image, Headers: r.headers, Librex: r.librex, LibrexDev: r.librexDev, Toolchain: r.toolchain, Tools: r.tools,
	}[kind]()
	if err != nil {
		return nil, err
	}
	p.Files = append(p.Files, File{Inside: "usr/share/doc/" + p.Name + "/copyright", Host: r.Copyright})
	return p, nil
}

// image is the kernel. What a boot loader or an initramfs is to know of it, the hooks in /etc/kernel do, as for any kernel of Debian.
func (r *Results) image() (*Package, error) {
	release, err := kernel.Release(r.Kernel)
	if err != nil {
		return nil, err
	}
	initrd := "No" // all that ours needs to find its root is built in
	if exists(filepath.Join(r.Kernel, kernel.Changes)) {
		initrd = "Yes" // a user's configuration
	}
	scripts := map[string]string{}
	for _, name := range []string{"preinst", "postinst", "prerm", "postrm"} {
		scripts[name] = strings.NewReplacer("@RELEASE@", release, "@SCRIPT@", name, "@INITRD@", initrd).Replace(kernelHook)
	}
	return &Package{
		Name: Image + "-" + release, Section: "kernel", Provides: []string{"rex-kernel"}, Recommends: []string{Tools}, Scripts: scripts,
		Description: "Linux " + release + ", with Rex\nExtensions in safe Rust load into this kernel beside eBPF programs, and attach where those do.",
		Files: []File{
			{Inside: "boot/vmlinuz-" + release, Host: filepath.Join(r.Kernel, kernel.Image)},
			{Inside: "boot/System.map-" + release, Host: filepath.Join(r.Kernel, "System.map")},
			{Inside: "boot/config-" + release, Host: filepath.Join(r.Kernel, kernel.Config)},
			{Inside: "usr/lib/modules/" + release, Host: filepath.Join(r.Kernel, kernel.Modules, release)},
			{Inside: "usr/lib/modules/" + release + "/" + kernel.Exports, Host: filepath.Join(r.Kernel, kernel.Exports)},
		},
	}, nil
}

// headers is what Kbuild itself packs for modules that are built elsewhere.
func (r *Results) headers() (*Package, error) {
	release, err := kernel.Release(r.Kernel)
	if err != nil {
		return nil, err
	}
	place := "usr/src/linux-headers-" + release
	return &Package{
		Name: Headers + "-" + release, Section: "kernel", Recommends: []string{"make", "clang-22", "lld-22"},
		Description: "what modules for Linux " + release + " are built with\nThe kernel is built with clang: `make -C /lib/modules/" + release + "/build M=$PWD LLVM=1`.",
		Files: []File{
			{Inside: place, Host: filepath.Join(r.Kernel, kernel.Development)},
			{Inside: place + "/" + kernel.Config, Host: filepath.Join(r.Kernel, kernel.Config)},
			{Inside: "usr/lib/modules/" + release + "/build", Link: "/" + place},
		},
	}, nil
}

func (r *Results) librex() (*Package, error) {
	return &Package{
		Name: Librex, Section: "libs",
		Description: "loads Rex extensions: the shared library\nFor programs that load extensions themselves; the rex command needs it not.",
		Files:       []File{{Inside: "usr/lib/librex.so", Host: filepath.Join(r.Librex, "lib/librex.so")}},
	}, nil
}

// librexDev holds what extensions and loaders are made with. The compiler knows the runtime by its content, and the bindings are those of
// one kernel: all of one version.
func (r *Results) librexDev() (*Package, error) {
	p := &Package{
		Name: LibrexDev, Section: "libdevel", Depends: []string{Librex + " (= ${version})", "libbpf-dev"}, Recommends: []string{Toolchain + " (= ${version})"},
		Description: "what Rex extensions and loaders are made with\nlibrex for C, static and with its header, librex for Rust, the runtime crate with its macros, and the kernel's types.",
		Files: []File{
			{Inside: "usr/include/librex.h", Host: filepath.Join(r.Librex, "include/librex.h")},
			{Inside: "usr/lib/librex.a", Host: filepath.Join(r.Librex, "lib/librex.a")},
			{Inside: "usr/lib/pkgconfig/librex.pc", Host: filepath.Join(r.Librex, "lib/pkgconfig/librex.pc")},
			{Inside: share + "/bindings", Host: r.Bindings},
			{Inside: share + "/kernel/" + kernel.Config, Host: filepath.Join(r.Kernel, kernel.Config)},
			{Inside: share + "/kernel/" + kernel.Exports, Host: filepath.Join(r.Kernel, kernel.Exports)},
			{Inside: share + "/cargo.toml", Host: r.Cargo},
		},
	}
	for name, dir := range r.Crates {
		p.Files = append(p.Files, File{Inside: share + "/crates/" + name, Host: dir})
	}
	slices.SortFunc(p.Files, func(a, b File) int { return strings.Compare(a.Inside, b.Inside) })
	return p, nil
}

func (r *Results) toolchain() (*Package, error) {
	return &Package{
		Name: Toolchain, Section: "devel", Depends: []string{"gcc", "libc6-dev", "mold"}, Recommends: []string{LibrexDev + " (= ${version})"},
		Description: "the Rex compiler: rustc with -C enable_rex, its LLVM passes, and cargo\n`rex-cargo rustc -r -- -Cenable_rex` builds an extension, `rex-sign` checks and signs it.",
		Files: []File{
			{Inside: prefix, Host: r.Toolchain},
			{Inside: prefix + "/libexec/sign-file", Host: filepath.Join(r.Kernel, kernel.SignFile)},
			{Inside: "usr/bin/rex-cargo", Text: cargoScript, Program: true},
			{Inside: "usr/bin/rex-sign", Host: r.command("rex-sign")},
		},
	}, nil
}

func (r *Results) tools() (*Package, error) {
	return &Package{
		Name: Tools, Section: "admin",
		Description: "loads, attaches, lists and shows Rex extensions\nThe command rex, a unit for systemd for each extension (rex@NAME), rex-check, which judges objects, and bpftool of the same kernel.",
		Scripts:     map[string]string{"postinst": toolsPostinst, "prerm": toolsPrerm, "postrm": toolsPostrm},
		Files: []File{
			{Inside: "usr/bin/rex", Host: r.command("rex")},
			{Inside: "usr/bin/rex-check", Host: r.command("rex-check")},
			{Inside: "usr/bin/rex-bpftool", Host: filepath.Join(r.GuestTools, "bin/bpftool")},
			{Inside: units + "/rex@.service", Text: instanceUnit},
			{Inside: units + "/rex-keys.service", Text: keysUnit},
			// Without this nobody would seal the keyring.
			{Inside: units + "/sysinit.target.wants/rex-keys.service", Link: "../rex-keys.service"},
			{Inside: "etc/rex/extensions", Dir: true},
			{Inside: "etc/rex/keys", Dir: true},
			{Inside: prefix + "/extensions", Dir: true},
		},
	}, nil
}

// command finds a program among the folders.
func (r *Results) command(name string) string {
	for _, dir := range r.Commands {
		if file := filepath.Join(dir, name); exists(file) {
			return file
		}
	}
	return name // which is not there: an error that names it
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

package rustc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/command"
)

// extension is a package as an author writes it, with what else cargo reads.
type extension struct {
	manifest string // further lines of Cargo.toml
	features string // first line of Cargo.toml
	config   string // .cargo/config.toml
	build    string // the body of main of build.rs
	lib      string // src/lib.rs
	main     string // src/main.rs, after its first lines
}

const ordinary = "fn prog() -> u32 {\n    0\n}\nrex::program!(prog);\n"

// What cargo lets an author say beside the source: none of it leads out of the subset.
func (c *compiler) testPackages(t *testing.T) {
	wrapper := filepath.Join(t.TempDir(), "wrapper")
	if err := write(wrapper, []byte("#!/bin/sh\necho the wrapper ran >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const escape = "fn prog() -> u32 {\n    unsafe { *(rex::time() as *const u32) }\n}\nrex::program!(prog);\n"
	generated := `std::fs::write(format!("{}/made.rs", std::env::var("OUT_DIR").unwrap()), "unsafe { *(rex::time() as *const u32) }").unwrap();`
	for _, test := range []struct {
		name string
		extension
		want string // in what the compiler says; empty: an extension is made
	}{
		{"ordinary", extension{main: ordinary}, ""},
		{"build script that asks for nothing", extension{build: `println!("cargo:rerun-if-changed=build.rs");`, main: ordinary}, ""},
		{"build script: link argument", extension{build: `println!("cargo:rustc-link-arg=evil.o");`, main: ordinary}, "`-C link-args` cannot be given"},
		{"build script: link argument of the program", extension{build: `println!("cargo:rustc-link-arg-bins=-zexecstack");`, main: ordinary}, "`-C link-args` cannot be given"},
		{"build script: library", extension{build: `println!("cargo:rustc-link-lib=static=evil");`, main: ordinary}, "`-l` cannot be given"},
		{"build script: flags", extension{build: `println!("cargo:rustc-flags=-l static=evil");`, main: ordinary}, "`-l` cannot be given"},
		{"build script: search paths", extension{build: `println!("cargo:rustc-link-search=native=/one"); println!("cargo:rustc-link-search=/two");`, main: ordinary}, "`-L native` cannot be given"},
		{"build script: unstable features", extension{build: `println!("cargo:rustc-env=RUSTC_BOOTSTRAP=1");`, main: "#![feature(core_intrinsics)]\n" + ordinary}, "unstable feature"},
		{"build script: flags by environment", extension{build: `println!("cargo:rustc-env=RUSTFLAGS=-Aunsafe_code");`, main: escape}, "an `unsafe` block"},
		{"build script: source", extension{build: generated, main: "fn prog() -> u32 {\n    include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"))\n}\nrex::program!(prog);\n"}, "an `unsafe` block"},
		{"config: lints", extension{config: "[target." + target + "]\nrustflags = [\"-Aunsafe_code\"]\n", main: escape}, "an `unsafe` block"},
		{"config: environment", extension{config: "[env]\nRUSTC_BOOTSTRAP = \"1\"\nRUSTFLAGS = \"-Aunsafe_code\"\n", main: escape}, "an `unsafe` block"},
		{"config: version", extension{config: "[env]\nRUSTC_FORCE_RUSTC_VERSION = \"1.0.0\"\n", main: escape}, "an `unsafe` block"},
		{"config: linker", extension{config: "[target." + target + "]\nlinker = \"./evil\"\n", main: ordinary}, "`-C linker` cannot be"},
		{"config: wrapper", extension{config: fmt.Sprintf("[build]\nrustc-wrapper = %q\n", wrapper), main: ordinary}, ""},
		{"config: wrapper of the package", extension{config: fmt.Sprintf("[build]\nrustc-workspace-wrapper = %q\n", wrapper), main: ordinary}, ""},
		{"config: compiler", extension{config: fmt.Sprintf("[build]\nrustc = %q\n", wrapper), main: ordinary}, ""},
		{"config: code generation", extension{config: "[target." + target + "]\nrustflags = [\"-Zmir-opt-level=0\"]\n", main: ordinary}, "`-Z` options that change"},
		{"config: plugin", extension{config: "[target." + target + "]\nrustflags = [\"-Zllvm-plugins=evil.so\"]\n", main: ordinary}, "evil.so"},
		{"profile: flags of the runtime", extension{features: `cargo-features = ["profile-rustflags"]`, manifest: "[profile.release.package.rex]\nrustflags = [\"-Zmir-opt-level=0\"]\n", main: ordinary}, "crate `rex` is not available"},
		{"profile: attribute of the runtime", extension{features: `cargo-features = ["profile-rustflags"]`, manifest: "[profile.release.package.rex]\nrustflags = [\"-Zcrate-attr=allow(dead_code)\"]\n", main: ordinary}, "crate `rex` is not available"},
		{"profile: flags of the extension", extension{features: `cargo-features = ["profile-rustflags"]`, manifest: "[profile.release.package.case]\nrustflags = [\"-Aunsafe_code\"]\n", main: escape}, "an `unsafe` block"},
		{"profile: no optimization", extension{manifest: "[profile.release.package.case]\nopt-level = 0\n", main: ordinary}, ""},
		{"library beside the program", extension{lib: "#![no_std]\npub fn read(p: usize) -> u32 {\n    unsafe { *(p as *const u32) }\n}\n", main: "fn prog() -> u32 {\n    case::read(1)\n}\nrex::program!(prog);\n"}, "an `unsafe` block"},
		{"library that is in the subset", extension{lib: "#![no_std]\npub fn half(of: u32) -> u32 {\n    of / 2\n}\n", main: "fn prog() -> u32 {\n    case::half(7)\n}\nrex::program!(prog);\n"}, ""},
		{"library with a float", extension{lib: "#![no_std]\npub fn half(of: f64) -> f64 {\n    of / 2.0\n}\n", main: ordinary}, "type `f64` is not available"},
		{"library that allows it", extension{lib: "#![no_std]\n#![allow(unsafe_code)]\npub fn read(p: usize) -> u32 {\n    unsafe { *(p as *const u32) }\n}\n", main: ordinary}, "an `unsafe` block"},
		{"library by a macro of its own", extension{lib: "#![no_std]\n#[macro_export]\nmacro_rules! read {\n    ($p:expr) => {\n        unsafe { *($p as *const u32) }\n    };\n}\n", main: "fn prog() -> u32 {\n    case::read!(1)\n}\nrex::program!(prog);\n"}, "an `unsafe` block"},
		{"library whose profile takes the flag away", extension{features: `cargo-features = ["profile-rustflags"]`, manifest: "[profile.release.package.case]\nrustflags = [\"-Cenable_rex=no\"]\n", lib: "#![no_std]\npub fn read(p: usize) -> u32 {\n    unsafe { *(p as *const u32) }\n}\n", main: "fn prog() -> u32 {\n    case::read(1)\n}\nrex::program!(prog);\n"}, "an `unsafe` block"},
		{"library for more than extensions", extension{manifest: "[lib]\ncrate-type = [\"lib\", \"staticlib\"]\n", lib: "#![no_std]\n", main: ordinary}, "crate type `staticlib` is not available"},
	} {
		t.Run(test.name, func(t *testing.T) {
			said, err := c.buildExtension(t, test.extension)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%v\n%s", err, said)
			case test.want != "" && (err == nil || !strings.Contains(said, test.want)):
				t.Errorf("%v; want %q, got\n%s", err, test.want, said)
			}
		})
	}
}

// buildExtension builds a package as a sample is built. It returns what cargo said.
func (c *compiler) buildExtension(t *testing.T, e extension) (string, error) {
	t.Helper()
	runtime, err := filepath.Abs("testdata/runtime")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{
		"Cargo.toml", e.features + "\n[package]\nname = \"case\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n" +
			fmt.Sprintf("rex = { path = %q }\n", runtime) + "\n[profile.release]\npanic = \"abort\"\nlto = true\n\n" + e.manifest,
		"src/main.rs", "#![no_std]\n#![no_main]\n" + e.main,
	}
	if strings.HasPrefix(e.main, "#![feature") {
		files[len(files)-1] = e.main
	}
	if e.config != "" {
		files = append(files, ".cargo/config.toml", e.config)
	}
	if e.build != "" {
		files = append(files, "build.rs", "fn main() {\n    "+e.build+"\n}\n")
	}
	if e.lib != "" {
		files = append(files, "src/lib.rs", e.lib)
	}
	dir := tree(t, files...)
	args := []string{"--config", fmt.Sprintf("target.%s.rustflags=[\"-Cenable_rex\"]", target), "rustc", "--quiet", "--release", "-Zbuild-std=core", "--target", target, "--bin", "case", "--", "-Cenable_rex"}
	if !strings.Contains(e.config, "linker") {
		args = append([]string{"--config", fmt.Sprintf("target.%s.linker=\"ld.mold\"", target)}, args...)
	}
	// Apart from what the other tests link: flags make other libraries.
	out := filepath.Join(filepath.Dir(c.prefix), "packages")
	var said strings.Builder
	err = (&command.Cmd{
		Path: filepath.Join(c.prefix, Cargo), Dir: dir, Args: args, Stderr: &said,
		Env: []string{"CARGO_HOME=" + filepath.Join(out, "home"), "CARGO_TARGET_DIR=" + out, "RUSTC", "RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"},
	}).Run(t.Context())
	if err == nil {
		if _, err := os.Stat(filepath.Join(out, target, "release/case")); err != nil {
			t.Error(err)
		}
	}
	return said.String(), err
}

// SPDX-License-Identifier: GPL-2.0

//! Makes the stub library that lets the linker accept the kernel's symbols: one shared object
//! that defines each name of the kernel's export table and nothing else. It is never loaded;
//! an import outside of the table fails at link time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    // Another kernel's files may be older than what was made of these, and lie in the same folders.
    println!("cargo:rerun-if-env-changed=REX_KERNEL");
    println!("cargo:rerun-if-env-changed=REX_BINDINGS");
    let bindings = input("REX_BINDINGS", "kernel.rs", "the bindings of the kernel");
    println!("cargo:rustc-env=REX_BINDINGS={}", bindings.display());
    println!("cargo:rerun-if-changed={}", bindings.join("kernel.rs").display());

    println!("cargo:rerun-if-env-changed=LINUX_OBJ");
    let kernel = input("LINUX_OBJ", "rex-exports.txt", "a kernel built with CONFIG_BPF_REX");
    let config = kernel.join(".config");
    println!("cargo:rerun-if-changed={}", config.display());
    let options = fs::read_to_string(&config).unwrap_or_else(|e| panic!("{}: {e}", config.display()));
    // Stack traces and panics name the extension's functions.
    assert!(
        options.lines().any(|line| line == "CONFIG_KALLSYMS_ALL=y"),
        "{} lacks CONFIG_KALLSYMS_ALL=y, which extensions need; build the kernel with it",
        config.display()
    );
    println!("cargo:rustc-check-cfg=cfg(kasan)");
    println!("cargo:rustc-check-cfg=cfg(lint)");
    if options.lines().any(|line| line == "CONFIG_KASAN=y") {
        println!("cargo:rustc-cfg=kasan");
    }
    let exports = kernel.join("rex-exports.txt");
    println!("cargo:rerun-if-changed={}", exports.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    stub(&exports, &out);
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=dylib=rexstub");
}

/// The folder that an environment variable names, which must hold `file`.
fn input(variable: &str, file: &str, what: &str) -> PathBuf {
    let Some(dir) = env::var_os(variable).map(PathBuf::from) else {
        panic!("{variable} is not set; it names {what}. `mage env` prints how to set it");
    };
    assert!(dir.join(file).is_file(), "{variable}={} has no {file}; it must name {what}", dir.display());
    dir
}

fn stub(exports: &Path, out: &Path) {
    let names = fs::read_to_string(exports).unwrap_or_else(|e| panic!("{}: {e}", exports.display()));
    // Kernels without CONFIG_BPF_KPROBE_OVERRIDE lack it.
    println!("cargo:rustc-check-cfg=cfg(override_return)");
    if names.split_whitespace().any(|name| name == "bpf_override_return") {
        println!("cargo:rustc-cfg=override_return");
    }
    let mut source = String::from(".text\n");
    for name in names.split_whitespace() {
        source += &format!(".globl {name}\n.type {name}, @function\n{name}:\n");
    }
    source += "ret\n.section .note.GNU-stack,\"\",@progbits\n";
    let assembly = out.join("rexstub.s");
    fs::write(&assembly, source).unwrap_or_else(|e| panic!("{}: {e}", assembly.display()));
    let cc = env::var("CC").unwrap_or_else(|_| "cc".into());
    let library = out.join("librexstub.so");
    let status = Command::new(&cc)
        .args(["-shared", "-nostdlib", "-Wl,-soname,librexstub.so", "-o"])
        .args([&library, &assembly])
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("{cc} could not make {}: {status}", library.display()),
        Err(error) => panic!("{cc}: {error}; set CC to a C compiler"),
    }
}

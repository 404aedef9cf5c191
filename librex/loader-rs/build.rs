// SPDX-License-Identifier: GPL-2.0

//! Links librex, libbpf and what they need, where pkg-config says that they are; static, if the program is.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let is_static =
        env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| features.split(',').any(|f| f == "crt-static"));
    let mut ask = Command::new("pkg-config");
    ask.args(["--libs", "librex", "libbpf"]).args(is_static.then_some("--static"));
    let told = ask.output().unwrap_or_else(|error| panic!("pkg-config, which says where librex is: {error}"));
    assert!(
        told.status.success(),
        "pkg-config does not find librex: {}`mage env` prints how to set PKG_CONFIG_PATH",
        String::from_utf8_lossy(&told.stderr)
    );
    let kind = if is_static { "static:-bundle" } else { "dylib" };
    let words: Vec<_> = told.stdout.split(u8::is_ascii_whitespace).map(String::from_utf8_lossy).collect();
    for (i, word) in words.iter().enumerate() {
        if let Some(dir) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={dir}");
        } else if let Some(library) = word.strip_prefix("-l")
            // rustc takes each once: where nothing that comes later needs it.
            && !words[i + 1..].contains(word)
        {
            println!("cargo:rustc-link-lib={kind}={library}");
        }
    }
}

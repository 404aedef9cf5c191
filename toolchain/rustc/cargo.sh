#!/bin/sh
# cargo with the compiler and the sources of the prefix it lies in.
prefix=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
# The compiler is a nightly one, as -Zbuild-std wants; this lets a stable cargo see that.
export RUSTC_BOOTSTRAP=1 RUSTC="${RUSTC:-$prefix/bin/rustc}"
# Empty, they win over what an extension's .cargo/config.toml would put in the compiler's place.
export RUSTC_WRAPPER="${RUSTC_WRAPPER-}" RUSTC_WORKSPACE_WRAPPER="${RUSTC_WORKSPACE_WRAPPER-}"
exec "$prefix/libexec/cargo" --config "$prefix/etc/cargo.toml" "$@"

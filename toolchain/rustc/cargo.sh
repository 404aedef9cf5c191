#!/bin/sh
# cargo with the compiler and the sources of the prefix it lies in.
prefix=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
# The compiler is a nightly one, as -Zbuild-std wants; this lets a stable cargo see that.
export RUSTC_BOOTSTRAP=1 RUSTC="${RUSTC:-$prefix/bin/rustc}"
exec "$prefix/libexec/cargo" --config "$prefix/etc/cargo.toml" "$@"

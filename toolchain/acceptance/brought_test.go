package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/digest"
	"rex/toolchain/project"
	"rex/toolchain/sample"
	"rex/toolchain/vm"
)

// brought is a program as people bring one: it knows nothing of this harness but sample.toml.
var brought = map[string]string{
	"Cargo.toml": `[package]
name = "brought"
version = "0.1.0"
edition = "2024"

[dependencies.rex]
path = "../../rex"

[features]
loud = []

[profile.dev]
panic = "abort"

[profile.release]
panic = "abort"
lto = true
`,
	"src/main.rs": `#![no_std]
#![no_main]

extern crate rex;

mod common;

use common::{Count, count};
use rex::kprobe::kprobe;
use rex::map::RexHashMap;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_map, rex_printk};

#[rex_map]
static LAST: RexHashMap<u32, u64> = RexHashMap::new(1, 0);

#[rex_kprobe(function = "kprobe_target_func")]
pub fn rex_prog1(obj: &kprobe, ctx: &mut PtRegs) -> Result {
    LAST.insert(&0, &ctx.rdi())?;
    let Some(Count { runs, .. }) = count() else { return Err(0) };
    if cfg!(feature = "loud") {
        rex_printk!("RUN {} WITH {}", runs, ctx.rdi())
    } else {
        let _ = obj;
        rex_printk!("run {} with {}", runs, ctx.rdi())
    }
}
`,
	"src/common.rs": `use rex::map::RexArrayMap;
use rex::rex_map;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};

#[derive(Clone, Copy)]
pub(crate) struct Count {
    lock: bpf_spin_lock,
    pub(crate) runs: u32,
}

#[rex_map]
pub(crate) static COUNTS: RexArrayMap<Count> = RexArrayMap::new(1, 0);

pub(crate) fn count() -> Option<Count> {
    let count = COUNTS.get_mut(&0)?;
    let _guard = rex_spinlock_guard::new(&mut count.lock);
    count.runs += 1;
    Some(Count { lock: bpf_spin_lock { val: 0 }, runs: count.runs })
}
`,
	"entry.c": `#include <stdio.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>
#include "util.h"

#define EXE "./target/x86_64-unknown-none/release/brought_kern"

int main(int argc, char **argv)
{
	struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(EXE));
	struct bpf_link *link;

	if (!obj || argc != 2)
		return 1;
	while (clock() < 2 * CLOCKS_PER_SEC)
		; /* slow, as on a busy machine */
	link = bpf_program__attach(bpf_object__find_program_by_name(obj, "rex_prog1"));
	if (libbpf_get_error(link))
		return 1;
	if (bpf_link__pin(link, "/sys/fs/bpf/link"))
		return 1;
	if (bpf_obj_pin(bpf_object__find_map_fd_by_name(obj, "COUNTS"), argv[1]))
		return 1;
	return 0;
}
`,
	"util.h": "int call(unsigned long argument);\n",
	"util.c": `#include <fcntl.h>
#include <sys/ioctl.h>
#include "util.h"

int call(unsigned long argument)
{
	return ioctl(open("/proc/kprobe_target", O_RDONLY), 1313, argument);
}
`,
	"event-trigger.c": `#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "util.h"

int main(int argc, char **argv)
{
	struct { unsigned int lock, runs; } count;
	int i, key = 0;

	for (i = 2; i < argc; i++)
		if (call(atol(argv[i])))
			return 1;
	if (bpf_map_lookup_elem(bpf_obj_get(argv[1]), &key, &count))
		return 1;
	printf("%u runs\n", count.runs);
	return 3;
}
`,
	"sample.toml": `object = "brought_kern"
features = ["loud"]
loader = ["./entry", "/sys/fs/bpf/counts"]

[trigger]
args = ["/sys/fs/bpf/counts", "7", "42"]
exit = 3

[[expect]]
in = "trace"
match = '\[brought::rex_prog1\] RUN 2 WITH 42$'

[[expect]]
in = "trigger"
match = '^2 runs$'
`,
}

// TestBrought runs a program of the form that people bring, with nothing but its own files and a sample.toml: several C files, a loader that
// exits with its link and a map pinned, a trigger with arguments that ends with another status than 0, a feature of the crate, maps in two
// modules, and a loader that expects its object by another name.
func TestBrought(t *testing.T) {
	result(t, "sample-hello")
	dir := filepath.Join(t.TempDir(), "brought")
	for name, text := range brought {
		put(t, filepath.Join(dir, name), text)
	}
	var out strings.Builder
	r, err := rex.RunSample(t.Context(), dir, project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s\n%s", r.Verdict, r.Reason, strings.Join(r.Evidence, "\n"), out.String())
	}
}

// TestFeatures builds a sample with each of its crate's features, and the checker accepts what comes of it.
func TestFeatures(t *testing.T) {
	result(t, "sample-hello")
	defer func() { _ = rex.UseFeatures(nil) }()
	objects := map[string]string{}
	for _, features := range [][]string{{}, {"fast_reply"}, {"fast_quorum_prune"}} {
		if err := rex.UseFeatures(features); err != nil {
			t.Fatal(err)
		}
		s, _, err := rex.Sample("electrode")
		if err != nil {
			t.Fatal(err)
		}
		results, err := rex.Runner.Run(t.Context(), s)
		if err != nil {
			t.Fatalf("%v: %v", features, err)
		}
		text, err := os.ReadFile(filepath.Join(results[s.Name].Dir, "target", sample.Target, "release/electrode"))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := objects[digest.String(string(text))]; ok {
			t.Errorf("%v makes the same of it as %s", features, other)
		}
		objects[digest.String(string(text))] = fmt.Sprint(features)
	}
}

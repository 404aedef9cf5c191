package vm

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"rex/toolchain/conf"
)

// How trouble begins in the kernel's log, in Linux 6.18: the texts of lib/bug.c, kernel/panic.c, lockdep, RCU, the watchdogs, mm/ and
// its debugging, KASAN and its kin, and of arch/x86.
var trouble = regexp.MustCompile(`^(` + strings.Join([]string{
	`WARNING: `, `BUG\b`, `\[ BUG: `, `INFO: `, `Oops\b`, `kernel BUG at `, `(NMI )?watchdog: (BUG|Watchdog detected)`, `rcu: INFO: `, `rcu: .* kthread .* starved`, `rcu_tasks: .*stall`,
	`UBSAN: `, `ODEBUG: `, `CFI failure `, `Missing ENDBR: `, `traps: (PANIC|Missing ENDBR)`, `usercopy: Kernel memory`, `kmemleak: [1-9][0-9]* new suspected memory leaks`,
	`general protection fault`, `stack segment: `, `invalid opcode: `, `divide error: `, `double fault`, `int3: `, `bounds: `, `alignment check: `, `segment not present: `,
	`control protection `, `unchecked MSR access error`, `Unhandled interrupt`, `irq \d+: nobody cared`, `Kernel stack overflow`, `corrupted stack `,
	`list_(add|del) corruption`, `slab .*: (Invalid|Corrupt)`, `kmem_cache_destroy .*: Slab cache still has objects`, `.*: page allocation failure: `, `.*: page allocation stalls`,
	`.*: bad (pgd|p4d|pud|pmd|pte)\b`, `swap_info_get: Bad`, `VFS: Busy inodes after unmount`, `unregister_netdevice: waiting for `, `DMA-API: .*(error|warning)`,
	`EXT4-fs error`, `mce: \[Hardware Error\]`, `turning off the locking correctness validator`, `refcount_t: `, `percpu ref .* <= 0`,
	`workqueue: .* hogged CPU`, `sched: RT throttling activated`,
}, "|") + `)`)

var (
	timestamp     = regexp.MustCompile(`^(<\d+>)?\[ *\d+\.\d+\](\[ *[CT]\d+\])? `)
	panicLine     = regexp.MustCompile(`^Kernel panic - not syncing`)
	memoryLine    = regexp.MustCompile(`^(Out of memory( and no killable processes)?|Memory cgroup out of memory)\b|^Kernel panic - not syncing: (Out of memory|System is deadlocked on memory)`)
	extensionLine = regexp.MustCompile(`^rex: Panic from Rex prog: `)
)

// symptom says what a line of the kernel's log tells of: KernelPanic, OutOfMemory, Splat, ExtensionPanicked, or Passed for nothing.
func symptom(line string) Verdict {
	line = timestamp.ReplaceAllString(line, "")
	switch {
	case memoryLine.MatchString(line):
		return OutOfMemory
	case panicLine.MatchString(line):
		return KernelPanic
	case trouble.MatchString(line):
		return Splat
	case extensionLine.MatchString(line):
		return ExtensionPanicked
	}
	return Passed
}

// ReadAllowed reads a list of lines that look like trouble and are none, each with a reason:
//
//	[[allow]]
//	match = "^INFO: ..."   # a regular expression, against a line without its time
//	reason = "..."
func ReadAllowed(file string) (func(line string) bool, error) {
	var list struct {
		Allow []struct {
			Match  string `toml:"match"`
			Reason string `toml:"reason"`
		} `toml:"allow"`
	}
	if err := conf.Read(file, &list); err != nil {
		return nil, err
	}
	var all []*regexp.Regexp
	for i, a := range list.Allow {
		match, err := regexp.Compile(a.Match)
		switch {
		case err != nil:
		case a.Match == "" || match.MatchString("") || match.MatchString("BUG: unable to handle page fault for address: 0000000000000000"):
			err = fmt.Errorf("match = %q allows too much", a.Match)
		case strings.TrimSpace(a.Reason) == "":
			err = errors.New("reason is missing")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: allow %d: %w", file, i+1, err)
		}
		all = append(all, match)
	}
	return func(line string) bool {
		line = timestamp.ReplaceAllString(line, "")
		for _, match := range all {
			if match.MatchString(line) {
				return true
			}
		}
		return false
	}, nil
}

// Taint bits that mean trouble (Documentation/admin-guide/tainted-kernels.rst): bad page, died, warned, soft lockup.
const badTaint = 1<<5 | 1<<7 | 1<<9 | 1<<14

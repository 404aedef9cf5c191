package vm

import (
	"fmt"
	"regexp"
	"strings"
)

// Verdict is what came of a run. Its value is the exit code that tells scripts.
type Verdict int

const (
	Passed            Verdict = 0  // all expectations were met, and nothing else went wrong
	BootFailure       Verdict = 10 // the kernel did not get as far as the agent
	KernelPanic       Verdict = 11 // the kernel is dead
	Splat             Verdict = 12 // WARN, BUG, oops, lockdep, RCU stall, hung task: the kernel is unwell
	LoadRefused       Verdict = 13 // the loader ended with an error before it was ready
	ExpectationMissed Verdict = 14 // all programs ended and something expected had not come
	TimedOut          Verdict = 15 // time was up before all that was expected had come
	TriggerFailed     Verdict = 16 // the trigger ended with an error
	AgentFailed       Verdict = 17 // the agent in the guest, or its connection, failed
)

var verdicts = map[Verdict]string{
	Passed: "passed", BootFailure: "boot failure", KernelPanic: "kernel panic", Splat: "kernel splat",
	LoadRefused: "load refused", ExpectationMissed: "expectation missed", TimedOut: "timed out",
	TriggerFailed: "trigger failed", AgentFailed: "guest agent failed",
}

func (v Verdict) String() string {
	if s, ok := verdicts[v]; ok {
		return s
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// MarshalText writes the verdict's words.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Look says where to look next.
func (v Verdict) Look() string {
	switch v {
	case BootFailure:
		return "look at the kernel stage: its config (configs/kernel) and the console log"
	case KernelPanic, Splat:
		return "look at the kernel stage: the patch series (kernel/) and the lines above"
	case LoadRefused:
		return "look at the extension and librex: the loader says why above"
	case ExpectationMissed, TimedOut, TriggerFailed:
		return "look at the sample: its program, its trigger and what sample.toml expects"
	case AgentFailed:
		return "look at toolchain/vm: the console log"
	}
	return ""
}

var (
	timestamp   = regexp.MustCompile(`^(<\d+>)?\[ *\d+\.\d+\](\[ *[CT]\d+\])? `)
	panicLine   = regexp.MustCompile(`^Kernel panic - not syncing`)
	splatStarts = []string{
		"WARNING: ", "BUG: ", "Oops", "UBSAN: ", "general protection fault", "rcu: INFO: rcu_", "INFO: rcu_",
		"INFO: task ", "INFO: possible recursive locking", "INFO: inconsistent lock", "INFO: trying to register",
		"INFO: lockdep", "watchdog: BUG: ", "kernel BUG at ", "double fault", "unregister_netdevice: waiting",
		"stack segment: ", "invalid opcode: ", "divide error: ", "int3: ", "unchecked MSR access",
		"BUG kmalloc", "BUG vmalloc", "list_add corruption", "list_del corruption", "page allocation failure",
	}
)

// symptom says whether a line of the kernel's log tells of trouble: KernelPanic, Splat or Passed.
func symptom(line string) Verdict {
	line = timestamp.ReplaceAllString(line, "")
	if panicLine.MatchString(line) {
		return KernelPanic
	}
	for _, start := range splatStarts {
		if strings.HasPrefix(line, start) {
			return Splat
		}
	}
	return Passed
}

// Taint bits that mean trouble (Documentation/admin-guide/tainted-kernels.rst): bad page, died, warned, soft lockup.
const badTaint = 1<<5 | 1<<7 | 1<<9 | 1<<14

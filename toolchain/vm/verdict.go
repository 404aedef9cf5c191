package vm

import "fmt"

// Verdict is what came of a run. Its value is the exit code that tells scripts; it stays.
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
	OutOfMemory       Verdict = 18 // the guest's kernel had to kill a program for want of memory
	MachineFailed     Verdict = 19 // QEMU could not start or died
	PoweredOff        Verdict = 20 // a program switched the guest off or started it again
	LoaderFailed      Verdict = 21 // the loader ended with an error after it was ready
	Hung              Verdict = 22 // the guest did not even end when it was told to
	ExtensionPanicked Verdict = 23 // an extension panicked, which the kernel survives, and nobody had expected it
)

var verdicts = map[Verdict]string{
	Passed: "passed", BootFailure: "boot failure", KernelPanic: "kernel panic", Splat: "kernel splat",
	LoadRefused: "load refused", ExpectationMissed: "expectation missed", TimedOut: "timed out",
	TriggerFailed: "trigger failed", AgentFailed: "guest agent failed", OutOfMemory: "out of memory",
	MachineFailed: "machine failed", PoweredOff: "powered off", LoaderFailed: "loader failed", Hung: "hung",
	ExtensionPanicked: "extension panicked",
}

func (v Verdict) String() string {
	if s, ok := verdicts[v]; ok {
		return s
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// MarshalText writes the verdict's words.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (v *Verdict) UnmarshalText(text []byte) error {
	for verdict, words := range verdicts {
		if words == string(text) {
			*v = verdict
			return nil
		}
	}
	return fmt.Errorf("no verdict: %.40q", text)
}

// Look says where to look next.
func (v Verdict) Look() string {
	switch v {
	case BootFailure:
		return "look at the kernel stage: its config (configs/kernel) and the console log"
	case KernelPanic, Splat:
		return "look at the kernel stage: the patch series (kernel/) and the lines above; configs/kernel-log.toml names lines that mean nothing"
	case LoadRefused:
		return "look at the extension and librex: the loader says why above"
	case LoaderFailed:
		return "look at the loader; if that status is meant, sample.toml says so: exit, below [loader]"
	case TriggerFailed:
		return "look at the trigger; if that status is meant, sample.toml says so: exit, below [trigger]"
	case ExpectationMissed:
		return "look at the sample: its program, its trigger and what sample.toml expects"
	case TimedOut:
		return "look at the sample: what it waits for; sample.toml's timeout bounds it"
	case ExtensionPanicked:
		return "look at the extension: the kernel says where above; a panic that is meant is one that sample.toml expects"
	case OutOfMemory:
		return "look at what the programs take: the guest has no more"
	case PoweredOff:
		return "look at the programs: one of them switches the machine off"
	case Hung:
		return "look at the console log: the guest, or a program in it, keeps the agent from running"
	case MachineFailed:
		return "look at QEMU's complaint above, and at this machine's memory and /dev/kvm"
	case AgentFailed:
		return "look at toolchain/vm: the console log"
	}
	return ""
}

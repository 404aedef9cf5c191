package main

import (
	"os"

	"rex/toolchain/cmdline"
	"rex/toolchain/project"
)

// rest is the command line of vm:run, or what a target takes any number of, such as names of samples; it is no concern of mage's.
var rest []string

func init() {
	given, command := cmdline.Split(os.Args[1:])
	os.Args, rest = append(os.Args[:1:1], given...), command
}

// wish gathers the flags of targets that run a machine.
func wish(memory, cpus, add, disk, p, rw, kvm *string, net, debugKernel, ssh *bool) project.Wish {
	return project.Wish{
		Memory: text(memory), CPUs: text(cpus), Append: text(add), Disks: text(disk), Ports: text(p), Writable: text(rw), KVM: text(kvm),
		Network: net != nil && *net, DebugKernel: debugKernel != nil && *debugKernel, SSH: ssh != nil && *ssh,
	}
}

func text(flag *string) string {
	if flag == nil {
		return ""
	}
	return *flag
}

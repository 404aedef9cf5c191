package sample

import (
	"fmt"
	"strconv"

	"rex/toolchain/vm"
)

// machine is what sample.toml says of the guest. Its types check what they read, so that errors name the line.
type machine struct {
	Memory  memory        `toml:"memory"`
	CPUs    cpus          `toml:"cpus"`
	Append  kernelOptions `toml:"append"`
	Network bool          `toml:"net"`
}

type (
	memory        int // MiB
	cpus          int
	kernelOptions string
)

func (m *memory) UnmarshalText(text []byte) error {
	n, err := vm.ParseMemory(string(text))
	*m = memory(n)
	return err
}

func (c *cpus) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return fmt.Errorf("cpus is %q; it takes a number", text)
	}
	*c = cpus(n)
	return vm.CheckCPUs(n)
}

func (k *kernelOptions) UnmarshalText(text []byte) error {
	*k = kernelOptions(text)
	return vm.CheckAppend(string(text))
}

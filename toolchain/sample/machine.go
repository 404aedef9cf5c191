package sample

import (
	"fmt"
	"regexp"

	"rex/toolchain/conf"
	"rex/toolchain/vm"
)

// machine is what sample.toml says of the guest.
type machine struct {
	Memory   size     `toml:"memory"`
	CPUs     *int     `toml:"cpus"`
	Append   string   `toml:"append"`
	Network  bool     `toml:"net"`
	Packages []string `toml:"packages"`
}

// packageName is how packages are called (Debian Policy, 5.6.7).
var packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// size is a text or a number.
type size struct{ text string }

func (s *size) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}

// options checks what is said. Errors name the line of text.
func (m machine) options(text []byte) (o vm.Options, err error) {
	o = vm.Options{Append: m.Append, Network: m.Network}
	at := func(key string, err error) error {
		if err == nil {
			return nil
		}
		return &conf.Error{Line: conf.LineOf(text, "vm", key), Err: err}
	}
	if m.Memory.text != "" {
		if o.Memory, err = vm.ParseMemory(m.Memory.text); err != nil {
			return o, at("memory", err)
		}
	}
	if m.CPUs != nil {
		o.CPUs = *m.CPUs
		if err := vm.CheckCPUs(o.CPUs); err != nil {
			return o, at("cpus", err)
		}
	}
	for _, name := range m.Packages {
		if !packageName.MatchString(name) {
			return o, at("packages", fmt.Errorf("packages has %q, which no package of Debian is called", name))
		}
	}
	return o, at("append", vm.CheckAppend(m.Append))
}

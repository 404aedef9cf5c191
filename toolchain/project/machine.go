package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rex/toolchain/cmdline"
	"rex/toolchain/kernel"
	"rex/toolchain/store"
	"rex/toolchain/tools"
	"rex/toolchain/vm"
)

// Wish is what a person says of a machine on the command line; empty for nothing.
type Wish struct {
	Memory, CPUs, Append, KVM string
	Disks, Ports, Writable    string // cmdline.List separates several
	Network, DebugKernel      bool
	SSH                       bool // into a session
	EBPF                      bool // the sample's twin in place of the extension
}

// Options are what is wished, and what base says of the rest.
func (w Wish) Options(base vm.Options) (vm.Options, error) {
	o := base
	var err error
	if w.Memory != "" {
		if o.Memory, err = vm.ParseMemory(w.Memory); err != nil {
			return o, err
		}
	}
	if w.CPUs != "" {
		if o.CPUs, err = strconv.Atoi(w.CPUs); err != nil {
			return o, fmt.Errorf("cpus is %q; it takes a number", w.CPUs)
		}
		if err := vm.CheckCPUs(o.CPUs); err != nil {
			return o, err
		}
	}
	if err := vm.CheckAppend(w.Append); err != nil {
		return o, err
	}
	o.Append = strings.TrimSpace(o.Append + " " + w.Append)
	if o.KVM = w.KVM; w.KVM != "" {
		if err := vm.CheckKVM(w.KVM); err != nil {
			return o, err
		}
	}
	o.Network = o.Network || w.Network
	for _, text := range strings.FieldsFunc(w.Ports, func(r rune) bool { return r == '\n' || r == ',' }) {
		port, err := vm.ParsePort(text)
		if err != nil {
			return o, err
		}
		o.Ports = append(o.Ports, port)
	}
	for _, disk := range list(w.Disks) {
		if disk, err = filepath.Abs(disk); err != nil {
			return o, err
		}
		o.Disks = append(o.Disks, disk)
	}
	return o, nil
}

// directories are those that the guest may write to, as the host has them.
func (w Wish) directories() ([]string, error) {
	var dirs []string
	for _, dir := range list(w.Writable) {
		real, err := physical(dir)
		if err != nil {
			return nil, fmt.Errorf("-rw: %w", err)
		}
		if info, err := os.Stat(real); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("-rw: %s is no directory", dir)
		}
		if real == "/" {
			return nil, fmt.Errorf("-rw: the whole host is not for a guest to write to; name a directory in it")
		}
		dirs = append(dirs, real)
	}
	return dirs, nil
}

// physical is a path without links, which a guest could not follow before all is mounted.
func physical(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, cmdline.List)
}

// Machine is a VM of the kernel, which is built if need be; its console goes to a log of that name.
func (p *Project) Machine(ctx context.Context, name string, o vm.Options) (*vm.Machine, error) {
	results, err := p.Runner.Run(ctx, p.kernel, p.agent)
	if err != nil {
		return nil, err
	}
	return p.machine(ctx, results, name, o)
}

// machine is a VM of the kernel among the results.
func (p *Project) machine(ctx context.Context, results map[string]*store.Result, name string, o vm.Options) (*vm.Machine, error) {
	ready := tools.Ready{Tools: p.toolset, Dir: results[p.tools.Name].Dir}
	image := filepath.Join(results[p.kernel.Name].Dir, kernel.Image)
	accel, why, err := vm.Accelerator(ctx, ready, image, filepath.Join(p.Store.Dir(), "host"), o.KVM)
	if err != nil {
		return nil, err
	}
	certificate, err := p.certificate()
	if err != nil {
		return nil, err
	}
	allow, err := vm.ReadAllowed(p.path("configs/kernel-log.toml"))
	if err != nil {
		return nil, err
	}
	return &vm.Machine{
		Tools: ready, Allow: allow, Accel: accel, Why: why, Console: p.Store.Log(name + "-console"), Options: o,
		Kernel: image, Agent: filepath.Join(results[p.agent.Name].Dir, "agent"), Certificate: certificate,
	}, nil
}

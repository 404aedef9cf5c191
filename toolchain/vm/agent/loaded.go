package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// observer keeps the programs that a job brings into the kernel, of eBPF and of Rex: what the kernel knows of them is there until the end, whenever
// their loader leaves.
type observer struct {
	mu    sync.Mutex
	last  ebpf.ProgramID // numbers only grow
	found []*ebpf.Program
	stop  chan struct{}
	ended chan struct{}
}

// observe begins to look for programs that are loaded from now on.
func observe() *observer {
	o := &observer{stop: make(chan struct{}), ended: make(chan struct{})}
	o.look()
	for _, p := range o.found {
		p.Close()
	}
	o.found = nil
	go func() {
		defer close(o.ended)
		for {
			o.look()
			select {
			case <-o.stop:
				return
			case <-time.After(glance / 2):
			}
		}
	}()
	return o
}

// look finds those that are there now.
func (o *observer) look() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		next, err := ebpf.ProgramGetNextID(o.last)
		if err != nil {
			return
		}
		o.last = next
		if p, err := ebpf.NewProgramFromID(next); err == nil { // or it is gone already
			o.found = append(o.found, p)
		}
	}
}

// end says what the kernel knows of them, and lets them go.
func (o *observer) end() (all []guest.Loaded) {
	close(o.stop)
	<-o.ended
	for _, p := range o.found {
		if info, err := programInfo(p.FD()); err == nil {
			l := guest.Loaded{Name: unix.ByteSliceToString(info.Name[:]), Code: int(info.Code)}
			facts := fdinfo(p.FD())
			l.Verified, l.Runs, l.Time, l.Memory, l.Image = facts["verified_insns"], facts["run_cnt"], facts["run_time_ns"], facts["memlock"], facts["rex_image_size"]
			all = append(all, l)
		}
		p.Close()
	}
	return all
}

// info is the beginning of struct bpf_prog_info (bpf(2)), up to the name. The library's own looks for more, which programs of Rex do not have.
type info struct {
	Type, ID uint32
	Tag      [8]byte
	Code, _  uint32 // bytes of machine code
	_, _, _  uint64
	_, _     uint32
	_        uint64
	Name     [16]byte
}

func programInfo(fd int) (i info, err error) {
	const objectInfo = 15 // BPF_OBJ_GET_INFO_BY_FD
	attr := struct {
		fd, size uint32
		info     *info
	}{uint32(fd), uint32(unsafe.Sizeof(i)), &i}
	if _, _, code := unix.Syscall(unix.SYS_BPF, objectInfo, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr)); code != 0 {
		return i, code
	}
	return i, nil
}

// fdinfo are the numbers that the kernel tells of a descriptor of ours (proc_pid_fdinfo(5)).
func fdinfo(fd int) map[string]int {
	facts := map[string]int{}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
			facts[name] = n
		}
	}
	return facts
}

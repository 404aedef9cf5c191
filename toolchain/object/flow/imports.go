package flow

import (
	"rex/toolchain/object/code"
)

// prototypes say what the kernel's functions take (docs/abi.md, section 5), a letter for each argument in a register:
//
//	k  an address that the kernel gave: of a map, a context, a task, a lock, an element
//	r  the address of memory that is read, w that is written; if n follows, it is the length
//	n  a number
//	a  anything
var prototypes = map[string]string{
	"rex_landingpad": "r", "rex_trace_printk": "rn",
	"rex_smp_processor_id": "", "rex_numa_node_id": "", "get_random_u32": "", "bpf_get_prandom_u32": "",
	"bpf_ktime_get_ns": "", "bpf_ktime_get_boot_ns": "", "bpf_ktime_get_coarse_ns": "",
	"rex_htab_lookup_elem": "kr", "bpf_map_lookup_elem": "kr", "bpf_map_update_elem": "krrn", "bpf_map_delete_elem": "kr",
	"bpf_map_push_elem": "krn", "bpf_map_pop_elem": "kw", "bpf_map_peek_elem": "kw",
	"bpf_probe_read_kernel": "wna", "bpf_snprintf": "wnrrn",
	"bpf_spin_lock": "k", "bpf_spin_unlock": "k", "rex_spin_release": "",
	"bpf_ringbuf_reserve": "knn", "bpf_ringbuf_submit": "kn", "bpf_ringbuf_discard": "kn", "bpf_ringbuf_output": "krnn", "bpf_ringbuf_query": "kn",
	"bpf_perf_event_output_tp": "kknrn", "bpf_skb_event_output": "kknrn", "bpf_xdp_event_output": "kknrn",
	"bpf_perf_event_read_value": "knwn", "bpf_perf_prog_read_value": "kwn", "bpf_get_stackid_pe": "kkn",
	"bpf_xdp_adjust_head": "kn", "bpf_xdp_adjust_tail": "kn", "bpf_clone_redirect": "knn",
	"bpf_get_current_task": "", "bpf_task_from_pid": "n", "bpf_task_release": "k", "bpf_override_return": "kn",
}

// memoryFunctions are functions of an object's that its compiler calls to copy, fill and compare memory. Whatever they are, nobody passes them
// more of a frame than it has.
var memoryFunctions = map[string]string{"memcpy": "rrn", "memmove": "rrn", "memset": "ran", "memcmp": "rrn", "bcmp": "rrn"}

// memoryArguments checks what is passed to one of them, as far as its length is known: another step is to change that.
func (w *walk) memoryArguments(inst *code.Inst, s *frame, name string) {
	length := s.regs[code.RDX]
	if length.kind != number || length.off == 0 {
		return
	}
	for n, takes := range memoryFunctions[name] {
		v := s.regs[arguments[n]]
		if takes != 'r' || !v.inFrame() && !v.inRun() && v.kind != image || s.secret(v) { // what is secret is refused if it is used
			continue
		}
		write := n == 0 && name != "memcmp" && name != "bcmp"
		if why := w.passed(s, v, length, write); why != "" {
			w.refuse(inst, "argument %d of %s, in %s, is %s", n+1, name, arguments[n], why)
			return
		}
	}
}

// importArguments checks what is passed to a function of the kernel's.
func (w *walk) importArguments(inst *code.Inst, s *frame, name string) {
	takes, known := prototypes[name]
	if !known {
		w.refuse(inst, "what %s takes is not known here", name)
		return
	}
	for n := range takes {
		r, v := arguments[n], s.regs[arguments[n]]
		length := value{kind: number, off: 1} // at least
		if n+1 < len(takes) && takes[n+1] == 'n' {
			length = s.regs[arguments[n+1]]
			if length.kind == number {
				length.off &= 1<<32 - 1 // most are of 32 bits, and none is longer
			}
		} else if takes[n] == 'w' {
			length.off = w.graph.leastElement()
		}
		why := ""
		switch {
		case takes[n] == 'a' && !s.secret(v):
		case v.kind == foreign, v.kind == lost, v.kind == state && v.mask != 0:
			why = s.secretNoun(v)
		case takes[n] == 'n':
			if v.address() && v.kind != distance {
				why = "an address of " + v.noun() + ", where it takes a number"
			}
		case takes[n] == 'k':
			if v.kind != unknown && v.kind != given {
				why = "nothing that the kernel gave: no address of a map, a context, or the like"
			}
		default:
			why = w.passed(s, v, length, takes[n] == 'w')
		}
		if why != "" {
			w.refuse(inst, "argument %d of %s, in %s, is %s", n+1, name, r, why)
			return
		}
	}
}

// passed says why memory of a length, which may be unknown, must not be passed on, or nothing.
func (w *walk) passed(s *frame, v, length value, write bool) string {
	empty := length == value{kind: number}
	n := int64(1)
	if length.kind == number {
		n = max(length.off, 1)
	}
	switch v.kind {
	case unknown, given, nearImage:
		return ""
	case stack, aligned, near:
		switch at := v.base(); {
		case s.secret(v):
			return s.secretNoun(v)
		case at.kind == stack && at.off+n > s.top() || at.kind == aligned && at.off+n > 0:
			return "memory of the frame that ends above it, where saved registers and the return address are"
		case write && length.kind != number:
			return "memory of the frame, of a length that is not known"
		}
		return ""
	case run, nearRun:
		if s.secret(v) {
			return s.secretNoun(v)
		}
		if v.kind == run && v.off+n > runState+runSize {
			return "memory that ends behind the run's state"
		}
		return ""
	case image:
		if why := w.graph.Text.Access(uint64(v.off), uint64(n), write); why != "" && !empty {
			return "memory that cannot be passed on: " + why
		}
		return ""
	case number:
		if empty {
			return ""
		}
		return "the address of nothing: a number"
	}
	return "no address of memory: " + v.noun()
}

// leastElement is the size of the smallest element of the object's queues and stacks, which is written where one is popped.
func (g *Graph) leastElement() int64 {
	const queue, stack = 22, 23 // BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK
	least := int64(0)
	for _, m := range g.Text.Object.Maps {
		if size := int64(m.Value); (m.Type == queue || m.Type == stack) && (least == 0 || size < least) {
			least = size
		}
	}
	return max(least, 1)
}

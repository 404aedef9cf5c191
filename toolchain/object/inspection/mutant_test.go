package inspection

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// A mutant is a good object of which some bytes were changed so that it breaks a property.
type mutant struct {
	property string // that it breaks
	name     string
	file     []byte
}

// because says for what a mutant must be refused, where a change may break more than it is meant to: one that is refused
// for something else proves nothing, and does not count.
var because = map[string]string{
	"return addresses stay":                                                "return address",
	"nothing is below the stack pointer":                                   "below the stack pointer",
	"the stack pointer can be followed":                                    "cannot be followed",
	"calls lead to the start of functions":                                 "where no function starts",
	"jumps lead to instructions":                                           "it leads to",
	"only allowed instructions":                                            "`|bytes",
	"pointers lead to endbr64":                                             "does not start with endbr64",
	"addresses of code are starts of functions":                            "where no function starts",
	"pointers to code are starts of functions":                             "where no function starts",
	"functions that go deep look at the stack pointer":                     "has not looked at the stack pointer",
	"no recursion where a depth is promised":                               "calls itself",
	"no recursion without a look at the stack pointer":                     "->",
	"callers find the stack pointer and their registers as they left them": "stack pointer|what the caller left",
	"a promise holds":                                                      "the object promises",
	"a promise is within the stack":                                        "the object promises",
	"read-only data is not written":                                        "read-only",
	"imports are exported":                                                 "export table",
	"nothing is writable and executable":                                   "writable and executable",
}

// specimen is a good object that mutants are made of.
type specimen struct {
	t     testing.TB
	name  string
	file  []byte
	elf   *elf.File
	graph *flow.Graph
	out   []mutant
}

func newSpecimen(t testing.TB, name string) *specimen {
	t.Helper()
	s := &specimen{t: t, name: name, file: good(t, name)}
	var err error
	if s.elf, err = elf.NewFile(bytes.NewReader(s.file)); err != nil {
		t.Fatal(err)
	}
	o, err := object.Read(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.graph = flow.New(code.Sweep(o))
	return s
}

// at returns the place in the file of a virtual address.
func (s *specimen) at(addr uint64) uint64 {
	for _, p := range s.elf.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr < p.Vaddr+p.Filesz {
			return addr - p.Vaddr + p.Off
		}
	}
	s.t.Fatalf("%s: %#x is not in the file", s.name, addr)
	return 0
}

// mutate makes a mutant that differs at a place of the file.
func (s *specimen) mutate(property, name string, off uint64, b ...byte) {
	file := slices.Clone(s.file)
	copy(file[off:], b)
	if bytes.Equal(file, s.file) {
		s.t.Fatalf("%s: mutant %s changes nothing", s.name, name)
	}
	s.out = append(s.out, mutant{property, fmt.Sprintf("%s: %s at %#x", s.name, name, off), file})
}

// mutate64 and mutate32 write a number.
func (s *specimen) mutate64(property, name string, off, v uint64) {
	s.mutate(property, name, off, binary.LittleEndian.AppendUint64(nil, v)...)
}

func (s *specimen) mutate32(property, name string, off uint64, v uint32) {
	s.mutate(property, name, off, binary.LittleEndian.AppendUint32(nil, v)...)
}

// instructions calls yield for each instruction of the object, and the function that it is in.
func (s *specimen) instructions(yield func(f *flow.Function, i *code.Inst) bool) {
	for _, f := range s.graph.Text.Functions {
		for at := f.Start; at < f.End; {
			i, err := s.graph.Text.At(at)
			if err != nil {
				s.t.Fatal(err)
			}
			if !yield(s.graph.Functions[f], i) {
				return
			}
			at = i.Next()
		}
	}
}

// TestMutants makes mutants of each good object: all must be refused.
func TestMutants(t *testing.T) {
	const atLeast = 1000
	step := 1
	if testing.Short() {
		step = 16 // a sample of them
	}
	k := kernel(t)
	var all []mutant
	for _, name := range objects {
		s := newSpecimen(t, name)
		s.mutateCode()
		s.mutateFlow()
		s.mutateStack()
		s.mutateFile()
		s.mutateTables(k)
		all = append(all, s.out...)
	}
	work := make(chan mutant)
	var group sync.WaitGroup
	var lock sync.Mutex
	refused, other, total := map[string]int{}, 0, 0
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for m := range work {
				r := Bytes(m.file, k)
				lock.Lock()
				switch {
				case r.Err() == nil:
					t.Errorf("accepted, although it breaks %q: %s", m.property, m.name)
				case r.because(m.property):
					refused[m.property]++
				default:
					other++
				}
				lock.Unlock()
			}
		})
	}
	for n := 0; n < len(all); n += step {
		work <- all[n]
	}
	close(work)
	group.Wait()
	for _, property := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("%5d  %s", refused[property], property)
		total += refused[property]
	}
	t.Logf("%5d  refused for what they break; %d more for something else", total, other)
	if step == 1 && total < atLeast {
		t.Errorf("%d mutants; want %d at least", total, atLeast)
	}
	for property := range because {
		if step == 1 && refused[property] == 0 {
			t.Errorf("no mutant is refused because it breaks %q", property)
		}
	}
}

// because tells whether the report refuses for breaking the property.
func (r *Report) because(property string) bool {
	reason, special := because[property]
	return !special || slices.ContainsFunc(r.Refusals, func(f *code.Refusal) bool {
		return regexp.MustCompile(reason).MatchString(f.Error())
	})
}

package inspection

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
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
func (s *specimen) instructions(yield func(f *flow.Function, i code.Inst) bool) {
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
	if len(all) < atLeast {
		t.Errorf("%d mutants; want %d at least", len(all), atLeast)
	}
	work := make(chan mutant)
	var group sync.WaitGroup
	var lock sync.Mutex
	refused := map[string]int{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for m := range work {
				err := Bytes(m.file, k).Err()
				lock.Lock()
				if err == nil {
					t.Errorf("accepted, although it breaks %q: %s", m.property, m.name)
				}
				refused[m.property]++
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
	}
	t.Logf("%5d  mutants, of which every %d. was checked", len(all), step)
}

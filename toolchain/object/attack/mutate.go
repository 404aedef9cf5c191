package attack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
	"rex/toolchain/object/reach"
	"rex/toolchain/object/verdict"
)

// Mutant is an object that differs from another one in some bytes.
type Mutant struct {
	Patches []Patch
	Kind    string
	What    string // was done to it, and where
	Beyond  string // what it changes that the checker does not follow, or nothing (docs/threat-model.md)
}

// Mutants are what was made of an object and is accepted: those that change what the checker follows, and those beyond it.
type Mutants struct {
	Within, Beyond []*Mutant
	Tally          Tally
}

// Reasons are the mutants beyond, counted by what they change.
func (m *Mutants) Reasons() string {
	n := map[string]int{}
	for _, b := range m.Beyond {
		n[b.Beyond]++
	}
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(n)) {
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, n[reason]))
	}
	return strings.Join(reasons, ", ")
}

// Tally is, by the kind of mutants, how many are accepted, and how many there were.
type Tally map[string]*struct{ Accepted, Made int }

// Total is how many mutants there were.
func (t Tally) Total() int {
	n := 0
	for _, of := range t {
		n += of.Made
	}
	return n
}

func (t Tally) String() string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(t)) {
		kinds = append(kinds, fmt.Sprintf("%s %d of %d", kind, t[kind].Accepted, t[kind].Made))
	}
	return strings.Join(kinds, ", ")
}

func (t Tally) of(kind string) *struct{ Accepted, Made int } {
	if t[kind] == nil {
		t[kind] = &struct{ Accepted, Made int }{}
	}
	return t[kind]
}

// Patch are other bytes at a place of a file.
type Patch struct {
	Offset uint64
	Bytes  []byte
}

// Of is the mutant of an object.
func (m *Mutant) Of(file []byte) []byte {
	out := slices.Clone(file)
	for _, p := range m.Patches {
		copy(out[p.Offset:], p.Bytes)
	}
	return out
}

// Line is the mutant as kernel/mutants reads it, of an object that is at a path.
func (m *Mutant) Line(path string) string {
	var patches []string
	for _, p := range m.Patches {
		patches = append(patches, fmt.Sprintf("%d:%x", p.Offset, p.Bytes))
	}
	return fmt.Sprintf("%s %s %s", path, strings.Join(patches, ","), m.What)
}

// place is an instruction that programs reach.
type place struct {
	f *code.Function
	*code.Inst
}

// Accepted makes different mutants of an object, with its table of reached imports, that are accepted all the same, until there are n that change
// what the checker follows. They are what one step away from its code does: an instruction that is gone, a condition that is another one, another
// number, register, import or callee, or two instructions in another order.
func Accepted(file []byte, exports []string, n int, random *rand.Rand) (*Mutants, error) {
	v := verdict.Of(file, exports)
	if len(v.Refusals) > 0 {
		return nil, v.Refusals[0]
	}
	content, table, err := reach.Split(file)
	if err != nil {
		return nil, err
	}
	all := &Mutants{Tally: Tally{}}
	places := reached(v.Graph)
	seen := map[string]bool{string(content): true}
	for len(all.Within) < n {
		if total := all.Tally.Total(); total == 40*n {
			return all, fmt.Errorf("only %d of %d mutants are accepted", len(all.Within), total)
		}
		i := random.IntN(len(places))
		m := mutate(v, places, i, random)
		if m == nil || seen[string(m.Of(content))] {
			continue
		}
		all.Tally.of(m.Kind).Made++
		changed := m.Of(content)
		seen[string(changed)] = true
		now := verdict.Of(changed, exports)
		if len(now.Refusals) > 0 {
			continue
		}
		all.Tally.of(m.Kind).Accepted++
		// An attacker writes the table that fits.
		if other := reach.Table(now.Programs); !bytes.Equal(other, table) {
			m.Patches = append(m.Patches, Patch{uint64(len(content)), other})
		}
		if m.Beyond = beyond(places[i], uint64(len(m.Patches[0].Bytes)), v, now); m.Beyond != "" {
			all.Beyond = append(all.Beyond, m)
		} else {
			all.Within = append(all.Within, m)
		}
	}
	return all, nil
}

// What the language promises and the checker does not follow.
const (
	length  = "how much is copied or filled"
	address = "64 bits, which may be an address"
	store   = "where behind an address it writes"
)

// beyond tells what of that is another one from an instruction on.
func beyond(from place, size uint64, versions ...*verdict.Verdict) string {
	if slices.Contains([]string{"memcpy", "memmove", "memset"}, from.f.Name) {
		return length
	}
	for _, v := range versions {
		for at := from.Addr; at < from.Addr+size; {
			i, err := v.Graph.Text.At(at)
			if err != nil {
				break
			}
			at = i.Next()
			for _, a := range i.Args {
				switch {
				case a.Written && a.Size == 8, len(i.Writes()) > 0 && a.Size == 8:
					return address
				case a.Written && a.Kind == code.InMem && (a.Mem.Index != code.None || a.Mem.Base != code.RSP && a.Mem.Base != code.RBP && a.Mem.Base != code.RIP):
					return store
				}
			}
		}
	}
	return ""
}

// reached are the instructions of functions that programs call.
func reached(g *flow.Graph) []place {
	var out []place
	seen := map[*code.Function]bool{}
	var work []*code.Function
	for _, p := range g.Text.Object.Programs {
		work = append(work, g.Text.Starting(p.Entry))
	}
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		if f == nil || seen[f] || f.Name == flow.PanicHandler {
			continue
		}
		seen[f] = true
		for at := f.Start; at < f.End; {
			i, err := g.Text.At(at)
			if err != nil {
				break
			}
			if i.Op != "nop" && i.Op != "endbr64" {
				out = append(out, place{f, i})
			}
			at = i.Next()
		}
		for _, c := range g.Functions[f].Calls {
			work = append(work, c.To)
		}
	}
	return out
}

// mutate makes one mutant at a place, or none if what it has chosen is not possible there.
func mutate(v *verdict.Verdict, places []place, n int, random *rand.Rand) *Mutant {
	i := places[n]
	at, ok := v.Object.Offset(i.Addr)
	if !ok {
		return nil
	}
	b := slices.Clone(i.Bytes)
	made := func(kind string) *Mutant {
		return &Mutant{Patches: []Patch{{at, b}}, Kind: kind, What: fmt.Sprintf("%s: `%s` at %#x in %s", kind, i, i.Addr, i.f.Name)}
	}
	switch random.IntN(7) {
	case 0:
		for k := range b {
			b[k] = 0x90
		}
		return made("left out")
	case 1:
		if !i.Jumps() {
			return nil
		}
		b[len(b)-map[bool]int{true: 2, false: 5}[len(b) == 2]] ^= 1
		return made("the other way")
	case 2, 3:
		if i.Disp == 0 && i.Args[0].Kind != code.Number && i.Args[1].Kind != code.Number && i.Args[2].Kind != code.Number {
			return nil
		}
		k := len(b) - 1 - random.IntN(min(4, len(b)-1))
		b[k] = []byte{0, 1, 0x7f, 0x80, 0xff, b[k] + 1, b[k] - 1, b[k] + 8, b[k] - 8, byte(random.Uint32())}[random.IntN(10)]
		return made("another number")
	case 4:
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return made("another bit")
	case 5:
		return redirect(v, i, b, made, random)
	}
	if n+1 == len(places) || places[n+1].Addr != i.Next() {
		return nil
	}
	b = append(slices.Clone(places[n+1].Bytes), b...)
	return made("behind the next one")
}

// redirect makes a call, of a function or an import, one of another.
func redirect(v *verdict.Verdict, i place, b []byte, made func(string) *Mutant, random *rand.Rand) *Mutant {
	if i.Op != "call" || i.Disp == 0 {
		return nil
	}
	to, kind, name := uint64(0), "another callee", ""
	if _, direct := i.Target(); direct {
		f := v.Graph.Text.Functions[random.IntN(len(v.Graph.Text.Functions))]
		to, name = f.Start, f.Name
	} else {
		slots := slices.DeleteFunc(slices.Clone(v.Object.Relocations()), func(r object.Relocation) bool { return r.Import == "" })
		if _, relative := i.Relative(); !relative || len(slots) == 0 {
			return nil
		}
		r := slots[random.IntN(len(slots))]
		to, kind, name = r.Offset, "another import", r.Import
	}
	binary.LittleEndian.PutUint32(b[i.Disp:], uint32(to-i.Next()))
	m := made(kind)
	m.What += ": " + name
	return m
}

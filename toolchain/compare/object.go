package compare

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sections compares two ELF files section by section.
func sections(a, b []byte) []string {
	inA, okA := sectionsOf(a)
	inB, okB := sectionsOf(b)
	if !okA || !okB {
		return nil
	}
	return named("section", inA, inB)
}

// part is a named piece of a file.
type part struct {
	name    string
	content []byte
}

func sectionsOf(b []byte) ([]part, bool) {
	file, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	var parts []part
	for _, s := range file.Sections {
		if s.Type == elf.SHT_NULL || s.Type == elf.SHT_NOBITS {
			continue
		}
		content, err := s.Data()
		if err != nil {
			return nil, false
		}
		parts = append(parts, part{s.Name, content})
	}
	return parts, true
}

// members compares two archives of ar(1) member by member.
func members(a, b []byte) []string {
	inA, okA := membersOf(a)
	inB, okB := membersOf(b)
	if !okA || !okB {
		return nil
	}
	return named("member", inA, inB)
}

// membersOf reads an archive as binutils and LLVM write it: "!<arch>\n", then for each member a header of 60 bytes, its content, and a
// byte more if its size is odd. Long names lie in the member "//".
func membersOf(b []byte) ([]part, bool) {
	rest, ok := bytes.CutPrefix(b, []byte("!<arch>\n"))
	if !ok {
		return nil, false
	}
	var parts []part
	var long string
	for len(rest) > 0 {
		if len(rest) < 60 {
			return nil, false
		}
		name := strings.TrimRight(string(rest[:16]), " ")
		size, err := strconv.Atoi(strings.TrimRight(string(rest[48:58]), " "))
		if err != nil || size < 0 || size > len(rest)-60 {
			return nil, false
		}
		content := rest[60 : 60+size]
		rest = rest[min(len(rest), 60+size+size%2):]
		if at, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil && strings.HasPrefix(name, "/") && at >= 0 && at < len(long) {
			name, _, _ = strings.Cut(long[at:], "/\n")
		}
		if name == "//" {
			long = string(content)
		}
		parts = append(parts, part{strings.TrimSuffix(name, "/"), content})
	}
	return parts, true
}

// named compares pieces that have names. Of several with one name the order counts.
func named(what string, a, b []part) []string {
	count := func(parts []part) []part {
		seen := map[string]int{}
		parts = slices.Clone(parts)
		for i, p := range parts {
			if seen[p.name]++; seen[p.name] > 1 {
				parts[i].name = fmt.Sprintf("%s (%d)", p.name, seen[p.name])
			}
		}
		return parts
	}
	a, b = count(a), count(b)
	find := func(parts []part, name string) int {
		return slices.IndexFunc(parts, func(p part) bool { return p.name == name })
	}
	var differences []string
	for _, p := range a {
		i := find(b, p.name)
		if i < 0 {
			differences = append(differences, fmt.Sprintf("%s %s is only in the first", what, p.name))
			continue
		}
		for _, d := range content(p.content, b[i].content) {
			differences = append(differences, fmt.Sprintf("%s %s: %s", what, p.name, d))
		}
	}
	for _, p := range b {
		if find(a, p.name) < 0 {
			differences = append(differences, fmt.Sprintf("%s %s is only in the second", what, p.name))
		}
	}
	if len(differences) == 0 && !slices.EqualFunc(a, b, func(x, y part) bool { return x.name == y.name }) {
		differences = append(differences, what+"s are in another order")
	}
	return differences
}

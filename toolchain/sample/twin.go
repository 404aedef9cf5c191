package sample

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"

	"rex/toolchain/vm/guest"
)

// ebpf is what sample.toml says of the twin.
type ebpf struct {
	Expect  []expect `toml:"expect"`
	Refused string   `toml:"refused"`
	None    string   `toml:"none"`
}

// checkTwin takes the file of the twin, if there is one, and holds what sample.toml says against it.
func (s *Sample) checkTwin(file string) error {
	s.Twin = file
	switch {
	case file != "" && s.NoTwin != "":
		return fmt.Errorf("ebpf: none says why there is no twin, and there is %s", file)
	case file == "" && (s.Refused != "" || len(s.twinExpect) > 0):
		return fmt.Errorf("ebpf: there is no twin that this could be said of: it lies in %s/NAME.bpf.c", TwinDir)
	case s.Refused != "" && len(s.twinExpect) > 0:
		return errors.New("ebpf: a twin that is refused does not run; it has either refused or expect")
	}
	return nil
}

// AsEBPF is the sample with the twin in the extension's place: the same loader, trigger, machine and expectations. If the verifier is
// to refuse it, the run passes when it does so with the words of sample.toml, and the loader ends with 1, as without an extension.
func (s *Sample) AsEBPF() (*Sample, error) {
	if s.Twin == "" {
		why := s.NoTwin
		if why == "" {
			why = "it would be " + filepath.Join(s.Dir, TwinDir, s.Name+".bpf.c")
		}
		return nil, fmt.Errorf("sample %s has no eBPF twin: %s", s.Name, why)
	}
	t := *s
	t.EBPF, t.Panics = true, false // an eBPF program cannot
	if len(s.twinExpect) > 0 {
		t.Expect = s.twinExpect
	}
	if s.Refused != "" {
		t.Loader.Status, t.Ready, t.Trigger = 1, nil, guest.Program{}
		t.Expect = []Expectation{
			{In: Loader, Match: regexp.MustCompile(regexp.QuoteMeta(s.Refused)), Times: 1},
			// librex's own word that there is no extension, which comes last; main of a loader in Rust returns it.
			{In: Loader, Match: regexp.MustCompile("^(Error: )?librex: load "), Times: 1},
		}
	}
	return &t, nil
}

// Title is the sample's name for people, which tells the twin from the extension.
func (s *Sample) Title() string {
	if s.EBPF {
		return s.Name + " (eBPF)"
	}
	return s.Name
}

// Label is the same as a part of a file's name.
func (s *Sample) Label() string {
	if s.EBPF {
		return s.Name + "-ebpf"
	}
	return s.Name
}

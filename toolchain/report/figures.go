package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// Figures are what a sample and its twin for eBPF cost.
type Figures struct {
	Sample string    `json:"sample"`
	Rex    *Measured `json:"rex"`
	EBPF   *Measured `json:"ebpf,omitempty"`
}

// Measured is what one of them costs, in a machine whose clock counts instructions.
type Measured struct {
	Refused  string            `json:"refused,omitempty"` // by the verifier, with these words: then there is nothing else
	Object   int               `json:"object,omitempty"`  // bytes of the file
	Code     int               `json:"code,omitempty"`    // bytes of machine code
	Memory   int               `json:"memory,omitempty"`  // bytes that the programs take while they are loaded, without their maps
	Loading  int               `json:"loading,omitempty"` // thousands of instructions from the loader's start until it was ready
	Total    int               `json:"total,omitempty"`   // instructions of all runs of all programs
	Programs []MeasuredProgram `json:"programs,omitempty"`
}

// MeasuredProgram is a program of one of them.
type MeasuredProgram struct {
	Name     string  `json:"name"`
	Runs     int     `json:"runs"`
	Each     float64 `json:"each"`               // instructions of a run, on average
	Verified int     `json:"verified,omitempty"` // instructions that the verifier has gone through
}

// LoadFigures reads what SaveFigures wrote.
func LoadFigures(path string) (all []Figures, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("figures of samples: %w", err)
	}
	return all, nil
}

// SaveFigures writes them to a file.
func SaveFigures(path string, all []Figures) error {
	b, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// program is the one of a name; nil if there is none, or it never ran.
func (m *Measured) program(name string) *MeasuredProgram {
	if m != nil {
		for i := range m.Programs {
			if m.Programs[i].Name == name {
				return &m.Programs[i]
			}
		}
	}
	return nil
}

// Commits is how many entries electrode's run agrees on with the kernel's help (its sample.toml).
const Commits = 1000

// Commit is a row of the race: what electrode's programs take for an entry of the log, on all replicas together.
func Commit(all []Figures) (r Race, ok bool) {
	for _, f := range all {
		if f.Sample == "electrode" && f.Rex != nil && f.EBPF != nil {
			r = Race{Name: "electrode: commit", Rex: float64(f.Rex.Total) / Commits, EBPF: float64(f.EBPF.Total) / Commits, Goal: "eBPF"}
			r.Met = r.Rex <= r.EBPF
			return r, true
		}
	}
	return r, false
}

// Ran adds runs of a program, and what they took, if it is known.
func (m *Measured) Ran(name string, runs, instructions int) bool {
	p := m.program(name)
	if p != nil && runs > 0 {
		p.Each = (p.Each*float64(p.Runs) + float64(instructions)) / float64(p.Runs+runs)
		p.Runs += runs
	}
	return p != nil
}

// Rows are lines of a table: what it is, Rex's figure, eBPF's.
func (f *Figures) Rows() (rows [][3]string) {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	each := func(p *MeasuredProgram) string {
		if p == nil || p.Runs == 0 {
			return ""
		}
		return fmt.Sprintf("%.0f", p.Each)
	}
	ebpf := f.EBPF
	if ebpf == nil {
		ebpf = &Measured{}
	}
	add := func(what, rex, twin string) {
		switch {
		case rex == "" && twin == "":
			return
		case ebpf.Refused != "":
			twin = "refused"
		}
		rows = append(rows, [3]string{what, rex, twin})
	}
	for _, p := range f.Rex.Programs {
		add("instructions of a run of `"+p.Name+"`", each(&p), each(ebpf.program(p.Name)))
	}
	for _, p := range ebpf.Programs {
		add("what the verifier says of `"+p.Name+"`", "", fmt.Sprintf("processed %d insns", p.Verified))
	}
	add("thousands of instructions until its loader is ready", number(f.Rex.Loading), number(ebpf.Loading))
	add("bytes of the object", number(f.Rex.Object), number(ebpf.Object))
	add("bytes of machine code", number(f.Rex.Code), number(ebpf.Code))
	add("KiB while loaded, without maps", number((f.Rex.Memory+1023)/1024), number((ebpf.Memory+1023)/1024))
	return rows
}

// WriteFigures writes a table of all.
func WriteFigures(w io.Writer, all []Figures) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, f := range all {
		fmt.Fprintf(columns, "\n%s\tRex\teBPF\t\n", f.Sample)
		for _, row := range f.Rows() {
			fmt.Fprintf(columns, "%s\t%s\t%s\t\n", strings.ReplaceAll(row[0], "`", ""), row[1], row[2])
		}
	}
	return columns.Flush()
}

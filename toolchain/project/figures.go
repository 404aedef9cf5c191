package project

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/report"
	"rex/toolchain/sample"
	"rex/toolchain/vm"
)

// BenchSamples runs each sample, and its twin, in a machine whose clock counts instructions, and says what their programs cost.
func (p *Project) BenchSamples(ctx context.Context) ([]report.Figures, error) {
	names, err := sample.List(p.path("samples"))
	if err != nil {
		return nil, err
	}
	results, samples, err := p.buildMatrix(ctx, names)
	if err != nil {
		return nil, err
	}
	all := make([]report.Figures, len(samples))
	w := &ward{project: p, results: results, queues: map[configuration]*queue{}, counting: true}
	w.seen = func(e *errand, r *vm.Result) error {
		if r.Verdict != vm.Passed {
			return r.Err()
		}
		f := &all[slices.Index(names, e.Sample)]
		m, err := p.measured(ctx, e, r)
		if e.EBPF {
			f.EBPF = m
		} else {
			f.Rex = m
		}
		return err
	}
	for i, s := range samples {
		all[i].Sample = s.Name
		for _, ebpf := range []bool{false, true} {
			if ebpf && s.Twin == "" {
				continue
			}
			e, err := p.errand(cell{Sample: s.Name, Kernel: "rex", CPUs: 1, Memory: sampleMemory, EBPF: ebpf}, samples, results)
			if err != nil {
				return nil, err
			}
			e.job.Tell, e.job.Count = true, true
			e.job.Timeout *= patience
			w.add(e)
		}
	}
	return all, w.work(ctx)
}

// patience is how much longer a machine that counts may take by the host's clock than by its own.
const patience = 5

// measured is what a run says of a sample's programs. Those that its twin needs beside them have other names, and are none of them.
func (p *Project) measured(ctx context.Context, e *errand, r *vm.Result) (*report.Measured, error) {
	if e.EBPF && e.sample.Refused != "" {
		return &report.Measured{Refused: e.sample.Refused}, nil
	}
	file, err := loadedObject(e.sample, e.built, e.EBPF)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	m := &report.Measured{Object: int(info.Size())}
	if e.sample.Ready != nil { // else that is when it came to rest
		m.Loading = int(r.Loading.Microseconds())
	}
	extension, err := loadedObject(e.sample, e.built, false)
	if err != nil {
		return nil, err
	}
	known, err := p.InspectObject(ctx, extension)
	if err != nil {
		return nil, err
	}
	image := 0
	for _, program := range known.Programs {
		for _, l := range r.Programs {
			// The kernel keeps 15 letters of a name.
			if l.Name == "" || !strings.HasPrefix(program.Name, l.Name) || len(l.Name) < min(len(program.Name), 15) {
				continue
			}
			m.Total += l.Time
			if m.Ran(program.Name, l.Runs, l.Time) { // an object may be loaded several times
				continue
			}
			m.Programs = append(m.Programs, report.MeasuredProgram{Name: program.Name, Verified: l.Verified})
			m.Ran(program.Name, l.Runs, l.Time)
			m.Memory += l.Memory
			image = l.Image
			if e.EBPF {
				m.Code += l.Code
				m.Memory += l.Code
			}
		}
	}
	m.Memory += image
	if len(m.Programs) == 0 {
		return nil, fmt.Errorf("%s: the kernel told nothing of its programs, but of %+v, want %+v", e, r.Programs, known.Programs)
	}
	if !e.EBPF {
		m.Code, err = codeSize(file)
	}
	return m, err
}

// loadedObject is the file that a sample's loader opens.
func loadedObject(s *sample.Sample, built string, ebpf bool) (string, error) {
	if ebpf {
		built = filepath.Join(built, sample.TwinDir)
	}
	files, err := filepath.Glob(filepath.Join(built, "target", sample.Target, "release", "*"))
	files = slices.DeleteFunc(files, func(file string) bool {
		info, err := os.Stat(file)
		return err != nil || !info.Mode().IsRegular()
	})
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("%s: one object was to be there, not %q", s.Title(), files)
	}
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// codeSize is how many bytes of an ELF file may be executed.
func codeSize(file string) (size int, err error) {
	f, err := elf.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 {
			size += int(s.Size)
		}
	}
	return size, nil
}

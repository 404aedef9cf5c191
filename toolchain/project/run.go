package project

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/hosts"
	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/inspection"
	"rex/toolchain/sample"
	"rex/toolchain/signing"
	"rex/toolchain/stage"
	"rex/toolchain/tools"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// RunSample builds a sample, runs it in a VM, and writes what its streams say to out as it comes.
func (p *Project) RunSample(ctx context.Context, name string, wish Wish, out io.Writer) (*vm.Result, error) {
	if wish.DebugKernel {
		p.UseDebugKernel()
	}
	st, s, err := p.Sample(name)
	if err != nil {
		return nil, err
	}
	if wish.EBPF {
		if s, err = s.AsEBPF(); err != nil {
			return nil, err
		}
	}
	o, err := wish.Options(s.VM)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, st, s, vm.Machine{Options: o}, out, nil)
}

// run builds st, which makes s, and runs it in a machine like the given one. Results of others are there, too,
// below folders with the stages' names, and more files.
func (p *Project) run(ctx context.Context, st *stage.Stage, s *sample.Sample, like vm.Machine, out io.Writer, others []*stage.Stage, more ...vm.File) (*vm.Result, error) {
	results, err := p.Runner.Run(ctx, append(slices.Clone(others), st, p.kernel, p.agent)...)
	if err != nil {
		return nil, err
	}
	if err := p.Link(results); err != nil {
		return nil, err
	}
	label := "run-" + s.Label()
	m, err := p.machine(ctx, results, label, like.Options)
	if err != nil {
		return nil, err
	}
	m.Counting = like.Counting
	if p.debugInfo {
		if err := p.waitForGDBOn(m, s, results[st.Name], results); err != nil {
			return nil, err
		}
	}
	if m.Packages, err = p.guestPackages(ctx, s.Packages, results[p.tools.Name].Dir); err != nil {
		return nil, err
	}
	job, expect := task(s)
	p.Term.Printf("  booting %s under %s (%s)", s.Title(), m.Accel, m.Why)
	files := append(files(s, results[st.Name].Dir, job.Dir), more...)
	for _, o := range others {
		files = append(files, vm.File{Host: results[o.Name].Dir, Guest: "/" + strings.TrimSuffix(o.Name, p.variant)})
	}
	show, rest := shower(s, out)
	var end refusal
	result, err := m.Run(ctx, files, job, expect, func(e guest.Event) {
		show(e)
		end.see(e)
	})
	if err != nil {
		return nil, err
	}
	rest()
	end.keep(s, result)
	if err := result.WriteJSON(p.Store.Log(label) + ".json"); err != nil {
		return nil, err
	}
	if result.Verdict == vm.Passed {
		for _, line := range result.Evidence {
			fmt.Fprintln(out, line)
		}
		p.Term.Printf("✓ %s: booted in %.1f s, done in %.1f s (%s); console: %s", s.Title(), result.Booted.Seconds(), result.Took.Seconds(), m.Accel, m.Console)
	}
	return result, nil
}

// files are those of a sample that was built to built, as a guest has them in dir.
func files(s *sample.Sample, built, dir string) []vm.File {
	files := []vm.File{{Host: built, Guest: dir}}
	if s.EBPF {
		// It is unpacked later, so that every loader finds the twin's object where the extension's was.
		files = append(files, vm.File{Host: filepath.Join(built, sample.TwinDir), Guest: dir})
	}
	return files
}

// layers are the same as folders: the first, and what is put on it.
func layers(s *sample.Sample, built string) []string {
	if s.EBPF {
		return []string{built, filepath.Join(built, sample.TwinDir)}
	}
	return []string{built}
}

// refusal is the end of the verifier's log, as libbpf shows it.
type refusal struct {
	lines []string
	ended bool
}

func (r *refusal) see(e guest.Event) {
	const kept = 8
	switch {
	case r.ended || e.Kind != guest.Output || e.Stream != guest.Loader:
	case strings.HasPrefix(e.Line, "-- END PROG LOAD LOG"):
		r.ended = true
	default:
		r.lines = append(r.lines[max(0, len(r.lines)-kept+1):], e.Line)
	}
}

// keep makes it evidence, of a twin that is to be refused.
func (r *refusal) keep(s *sample.Sample, result *vm.Result) {
	if s.EBPF && s.Refused != "" {
		result.Evidence = append(result.Evidence, r.lines...)
	}
}

// shower writes what a run of a sample says to out as it comes; rest, after its end, what is left.
func shower(s *sample.Sample, out io.Writer) (show func(guest.Event), rest func()) {
	write := func(lines ...string) {
		for _, line := range lines {
			fmt.Fprintln(out, line)
		}
	}
	var panics vm.Panics
	return func(e guest.Event) {
		switch {
		case e.Kind != guest.Output:
		case s.EBPF && s.Refused != "" && e.Stream == guest.Loader: // the verifier's log, whose end is shown
		case e.Stream != guest.KernelLog && e.Stream != guest.UserLog:
			write(e.Line)
		// All of the kernel's log is in the console's; panics that are not expected are in the verdict.
		case e.Stream == guest.KernelLog && (s.Panics || s.Watches(sample.KernelLog)):
			write(panics.Line(e.Line)...)
			if !panics.Within() && s.Expects(sample.KernelLog, e.Line) {
				write(e.Line)
			}
		}
	}, func() { write(panics.Rest()...) }
}

// ErrNoPackages means that a guest is to have packages that were never fetched, and must not be now.
var ErrNoPackages = errors.New("REX_OFFLINE=1, and packages for the guest are not here")

// guestPackages is a tree of Debian packages for a guest's programs: the tools tree if it has them, else one that is made once. That one has those
// that a mirror has at that time: what is built does not depend on them.
func (p *Project) guestPackages(ctx context.Context, packages []string, toolsDir string) (string, error) {
	if len(packages) == 0 {
		return "", nil
	}
	if p.toolset == p.tree && !slices.ContainsFunc(packages, func(name string) bool { return !p.inTree(name) }) {
		return toolsDir, nil
	}
	wanted := slices.Compact(slices.Sorted(slices.Values(packages)))
	config := tools.Config{
		Path: []string{"/usr/bin", "/usr/sbin"}, Assumed: p.tree.Config.Assumed,
		Suites:   []tools.Suite{{Name: p.tree.Config.Suites[0].Name, Packages: append([]string{"base-files", "base-passwd", "libc-bin"}, wanted...)}},
		LeaveOut: []string{"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"},
		Links:    map[string]string{"etc/passwd": "../usr/share/base-passwd/passwd.master", "etc/group": "../usr/share/base-passwd/group.master"},
	}
	h := &hosts.Host{Name: "guest-" + digest.String(strings.Join(wanted, " "))[:12], Tree: config}
	if _, err := os.Stat(filepath.Join(p.Store.Dir(), "host", "trees", h.Name)); err != nil && p.fetcher.Offline {
		return "", fmt.Errorf("%w: %s; a run without REX_OFFLINE=1 brings them", ErrNoPackages, strings.Join(wanted, ", "))
	}
	tree, err := p.hostTree(ctx, h, toolsDir)
	if err != nil {
		return "", fmt.Errorf("the guest's packages %s: %w", strings.Join(wanted, ", "), err)
	}
	return tree, nil
}

// inTree tells whether the tools tree was asked for a package.
func (p *Project) inTree(name string) bool {
	return slices.ContainsFunc(p.tree.Config.Suites, func(s tools.Suite) bool { return slices.Contains(s.Packages, name) })
}

// task is what a guest does to run a sample, and what must come of it.
func task(s *sample.Sample) (guest.Job, []vm.Expectation) {
	job := guest.Job{
		Dir: "/sample", Loader: s.Loader, Interrupt: s.Interrupt, Trigger: s.Trigger, Veths: s.Veths, Panics: s.Panics, Timeout: s.Timeout,
	}
	if len(s.Packages) > 0 {
		job.Root = guest.HostTag
	}
	if s.Ready != nil {
		job.Ready = s.Ready.String()
	}
	var expect []vm.Expectation
	for _, x := range s.Expect {
		expect = append(expect, vm.Expectation{Stream: string(x.In), Match: x.Match, Times: x.Times})
	}
	return job, expect
}

// InspectObject checks and describes an extension's object, as the kernel of this project would have it if that is built.
func (p *Project) InspectObject(ctx context.Context, file string) (*inspection.Report, error) {
	why, err := p.Runner.Why(ctx, p.kernel)
	if err != nil {
		return nil, err
	}
	if why.Result == nil {
		certificate, err := p.certificate()
		if err != nil {
			return nil, err
		}
		return inspection.File(file, inspection.Kernel{
			NoExports: "the kernel is not built that would say what it exports; `mage build:kernel` builds it", Certificate: certificate,
		})
	}
	known, err := p.kernelFacts(why.Result.Dir)
	if err != nil {
		return nil, err
	}
	return inspection.File(file, known)
}

// kernelFacts is what extensions are held against, of the kernel whose result is in dir.
func (p *Project) kernelFacts(dir string) (inspection.Kernel, error) {
	exports, err := object.Exports(filepath.Join(dir, kernel.Exports))
	if err != nil {
		return inspection.Kernel{}, err
	}
	certificate, err := p.certificate()
	return inspection.Kernel{Exports: exports, Certificate: certificate}, err
}

// certificate is that of the key which extensions are signed with; nil if there is none yet.
func (p *Project) certificate() (*x509.Certificate, error) {
	c, err := signing.ReadCertificate(filepath.Join(p.keyDir, "certificate.pem"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

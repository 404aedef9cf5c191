package project

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/kernel"
	"rex/toolchain/listing"
	"rex/toolchain/sample"
	"rex/toolchain/vm"
)

var (
	placeForm = regexp.MustCompile(`(?m)^_text ([0-9a-f]+), \w+ ([0-9a-f]+):$`)
	codeForm  = regexp.MustCompile(`(?m)^code ([0-9a-f]+)$`)
)

// BenchListing shows the machine code of a program of kernel/bench as Rex and as eBPF have it, each with what it calls of its own, and what Rex has
// in the kernel for a call. Panics are left out: no run that is measured comes there.
func (p *Project) BenchListing(ctx context.Context, name string, out io.Writer) error {
	st, s, err := p.extension("kernel", "bench", "kernel-bench")
	if err != nil {
		return err
	}
	s.Loader.Args = append(s.Loader.Args, "listing", name)
	s.Expect = []sample.Expectation{{In: sample.Loader, Match: codeForm, Times: 1}}
	others, err := p.raced()
	if err != nil {
		return err
	}
	var said bytes.Buffer
	result, err := p.run(ctx, st, s, vm.Machine{}, &said, others)
	if err != nil {
		return err
	}
	if err := result.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	results, err := p.Runner.Run(ctx, st, p.kernel)
	if err != nil {
		return err
	}
	object, err := loadedObject(s, results[st.Name].Dir, false)
	if err != nil {
		return err
	}
	image, err := listing.Open(object)
	if err != nil {
		return err
	}
	vmlinux, err := listing.Open(filepath.Join(results[p.kernel.Name].Dir, kernel.Vmlinux))
	if err != nil {
		return err
	}
	known, err := p.InspectObject(ctx, object)
	if err != nil {
		return err
	}
	entry := ""
	for _, program := range known.Programs {
		if program.Name == name {
			entry = fmt.Sprintf("%#x", program.Entry)
		}
	}
	fmt.Fprintf(out, "Rex\n\n")
	if err := writeFrom(out, image, vmlinux, entry, nil); err != nil {
		return err
	}
	fmt.Fprintf(out, "eBPF\n\n")
	code, err := readCode(name, said.String())
	if err != nil {
		return err
	}
	slide, err := slideOf(filepath.Join(results[p.kernel.Name].Dir, "System.map"), said.String())
	if err != nil {
		return err
	}
	_, err = listing.Write(out, code, func(a uint64) (string, uint64) {
		what, start := vmlinux.Symbol(a - slide)
		return what, start + slide
	}, func(uint64) (string, uint64) { return "", 0 })
	return err
}

// writeFrom writes a function of an image, what that calls, and what of the kernel's stands for the imports it calls.
func writeFrom(out io.Writer, image, vmlinux *listing.Object, name string, seen []string) error {
	queue := []string{name}
	for len(queue) > 0 {
		name, queue = queue[0], queue[1:]
		if slices.Contains(seen, name) || strings.Contains(name, "panic") || strings.HasSuffix(name, "run::end") {
			continue
		}
		seen = append(seen, name)
		of := image
		c, ok := image.Function(name)
		if !ok {
			of = vmlinux
			if c, ok = vmlinux.Function("rex_" + strings.TrimPrefix(strings.TrimPrefix(name, "bpf_"), "rex_")); !ok {
				continue // one of Linux's own
			}
		}
		calls, err := listing.Write(out, c, of.Symbol, of.Slot)
		if err != nil {
			return err
		}
		fmt.Fprintln(out)
		if of == image {
			queue = append(queue, calls...)
		}
	}
	return nil
}

// readCode reads what kernel/bench prints of a program's machine code.
func readCode(name, said string) (listing.Code, error) {
	place := placeForm.FindStringSubmatch(said)
	if place == nil {
		return listing.Code{}, fmt.Errorf("kernel/bench has not said where %s is", name)
	}
	start, err := strconv.ParseUint(place[2], 16, 64)
	if err != nil {
		return listing.Code{}, err
	}
	c := listing.Code{Name: name, Start: start}
	for _, m := range codeForm.FindAllStringSubmatch(said, -1) {
		piece, err := hex.DecodeString(m[1])
		if err != nil {
			return c, err
		}
		c.Bytes = append(c.Bytes, piece...)
	}
	return c, nil
}

// slideOf is how far the kernel lay from where it was linked.
func slideOf(systemMap, said string) (uint64, error) {
	text, err := os.ReadFile(systemMap)
	if err != nil {
		return 0, err
	}
	linked := regexp.MustCompile(`(?m)^([0-9a-f]+) T _text$`).FindStringSubmatch(string(text))
	ran := placeForm.FindStringSubmatch(said)
	if linked == nil || ran == nil {
		return 0, fmt.Errorf("%s and the guest do not both say where _text is", systemMap)
	}
	from, err := strconv.ParseUint(linked[1], 16, 64)
	if err != nil {
		return 0, err
	}
	to, err := strconv.ParseUint(ran[1], 16, 64)
	return to - from, err
}

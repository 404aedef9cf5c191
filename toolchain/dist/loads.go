package dist

import (
	"bytes"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	goversion "github.com/hashicorp/go-version"
)

// libraries are the packages of Debian that have what our programs load.
var libraries = map[string]string{
	"ld-linux-x86-64.so.2": "libc6", "libc.so.6": "libc6", "libm.so.6": "libc6", "libdl.so.2": "libc6", "libpthread.so.0": "libc6", "librt.so.1": "libc6",
	"libgcc_s.so.1": "libgcc-s1", "libstdc++.so.6": "libstdc++6", "libz.so.1": "zlib1g", "libzstd.so.1": "libzstd1", "liblzma.so.5": "liblzma5",
	"libelf.so.1": "libelf1t64", "libcap.so.2": "libcap2", "libcrypto.so.3": "libssl3t64", "libssl.so.3": "libssl3t64", "libLLVM.so.22.1": "libllvm22",
	"libbpf.so.1": "libbpf1", "libcurl.so.4": "libcurl4t64", "libgit2.so.1.9": "libgit2-1.9", "libsqlite3.so.0": "libsqlite3-0", "libssh2.so.1": "libssh2-1t64",
}

// versioned are the libraries whose symbols have versions that are those of the library: what a symbol's name begins with, and what stands in
// front of the number in the package's version.
var versioned = map[string][2]string{"libc6": {"GLIBC_", ""}, "libbpf1": {"LIBBPF_", "1:"}}

// loaded lists the packages that have what the programs and libraries below root load and bring not themselves, sorted, as dpkg-shlibdeps would.
func loaded(root string, files []string) ([]string, error) {
	own := map[string]bool{}
	for _, name := range files {
		own[path.Base(name)] = true
	}
	needed := map[string]*goversion.Version{}
	for _, name := range files {
		imports, err := importsOf(filepath.Join(root, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for library, versions := range imports {
			if own[library] {
				continue
			}
			p, ok := libraries[library]
			if !ok {
				return nil, fmt.Errorf("%s loads %s, of which nobody knows which package has it; add it to libraries in toolchain/dist/loads.go", name, library)
			}
			least := needed[p]
			for _, v := range versions {
				number, ok := strings.CutPrefix(v, versioned[p][0])
				parsed, err := goversion.NewVersion(number)
				if !ok || versioned[p][0] == "" || err != nil {
					continue
				}
				if least == nil || parsed.GreaterThan(least) {
					least = parsed
				}
			}
			needed[p] = least
		}
	}
	var list []string
	for _, p := range slices.Sorted(maps.Keys(needed)) {
		if v := needed[p]; v != nil {
			p += fmt.Sprintf(" (>= %s%s)", versioned[p][1], v.Original())
		}
		list = append(list, p)
	}
	return list, nil
}

// importsOf returns the libraries that a file loads, each with the versions of symbols that it wants; none of what is no program or library.
func importsOf(file string) (map[string][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := f.ReadAt(magic, 0); err != nil || !bytes.Equal(magic, []byte(elf.ELFMAG)) {
		return nil, nil
	}
	e, err := elf.NewFile(f)
	if err != nil {
		return nil, err
	}
	if e.Machine != elf.EM_X86_64 || e.Type != elf.ET_DYN && e.Type != elf.ET_EXEC {
		return nil, nil
	}
	names, err := e.ImportedLibraries()
	if err != nil || len(names) == 0 {
		return nil, err
	}
	imports := map[string][]string{}
	for _, name := range names {
		imports[name] = nil
	}
	needs, err := e.DynamicVersionNeeds()
	if err != nil {
		return nil, err
	}
	for _, n := range needs {
		for _, v := range n.Needs {
			imports[n.Name] = append(imports[n.Name], v.Dep)
		}
	}
	return imports, nil
}

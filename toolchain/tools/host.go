package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"rex/toolchain/command"
	"rex/toolchain/deps"
	"rex/toolchain/digest"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
)

// Host is the host's own tools: for a machine without namespaces, or somebody who wants those. Programs see all that the host
// has, but its environment.
type Host struct {
	Deps  *deps.Config
	Cache string // folder in which digests of programs are kept
	Probe func() []deps.Finding
}

// Files of the stage's result.
const (
	bin      = "bin"      // the programs, by their plain names
	libclang = "libclang" // a link to its folder
	search   = "path"     // PATH: a folder a line, after bin
)

// Stage makes a folder of links to the programs. The inputs are the contents of each program and of the libraries that it loads.
func (h *Host) Stage() *stage.Stage {
	return &stage.Stage{
		Name: "tools-of-host", Doc: "this host's tools",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			findings := h.Probe()
			if faults := deps.Missing(findings); len(faults) > 0 {
				return fmt.Errorf("this host lacks tools; `mage deps:install` installs them, or do it by hand:\n%s", deps.Table(faults))
			}
			known := h.load()
			for _, f := range findings {
				sum, err := known.digest(ctx, f.Path)
				if err != nil {
					return err
				}
				in.Value(f.Tool.Name, f.Path+" "+f.Found+" "+sum)
			}
			for _, v := range nix() {
				name, value, _ := strings.Cut(v, "=")
				in.Value("environment "+name, value)
			}
			return known.save(h.Cache)
		},
		Build: func(_ context.Context, b *stage.Build) error {
			if err := os.Mkdir(filepath.Join(b.Out, bin), 0o755); err != nil {
				return err
			}
			var path []string
			for _, f := range h.Probe() {
				if len(f.Tool.Programs) == 0 {
					if f.Tool.Name == libclang {
						if err := os.Symlink(filepath.Dir(f.Path), filepath.Join(b.Out, libclang)); err != nil {
							return err
						}
					}
					continue
				}
				plain := filepath.Base(f.Tool.Programs[len(f.Tool.Programs)-1])
				if err := os.Symlink(f.Path, filepath.Join(b.Out, bin, plain)); err != nil && !errors.Is(err, fs.ErrExist) {
					return err
				}
				// LLVM's tools lie together, with names that its distribution may have given a suffix elsewhere.
				if real, err := filepath.EvalSymlinks(f.Path); err == nil && plain == "llvm-config" {
					path = append(path, filepath.Dir(real))
				}
			}
			path = append(path, filepath.SplitList(os.Getenv("PATH"))...)
			return os.WriteFile(filepath.Join(b.Out, search), []byte(strings.Join(path, "\n")+"\n"), 0o644)
		},
	}
}

// Seen is where it is.
func (h *Host) Seen(host, _ string) string { return host }

// Command runs cmd with the programs of dir in PATH.
func (h *Host) Command(dir string, cmd command.Cmd, _ sandbox.Box) (*command.Cmd, error) {
	text, err := os.ReadFile(filepath.Join(dir, search))
	if err != nil {
		return nil, err
	}
	path := append([]string{filepath.Join(dir, bin)}, strings.Fields(string(text))...)
	out := cmd
	if !strings.Contains(cmd.Path, "/") {
		for _, folder := range path {
			if info, err := os.Stat(filepath.Join(folder, cmd.Path)); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				out.Path, out.Label = filepath.Join(folder, cmd.Path), cmd.String()
				break
			}
		}
	}
	out.Clean = true
	out.Env = append([]string{
		"PATH=" + strings.Join(path, ":"), "LIBCLANG_PATH=" + filepath.Join(dir, libclang), "HOME=" + os.TempDir(), "USER=rex", "LOGNAME=rex",
		"LC_ALL=C.UTF-8", "TZ=UTC",
	}, append(nix(), cmd.Env...)...)
	return &out, nil
}

// ByHand are the links to the programs.
func (h *Host) ByHand(dir, first, _, _ string) ([]string, error) {
	return []string{first, filepath.Join(dir, bin)}, nil
}

// nix is the environment by which the compilers of a Nix shell find headers and libraries: it has no /usr.
func nix() []string {
	if os.Getenv("IN_NIX_SHELL") == "" {
		return nil
	}
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return !strings.HasPrefix(v, "NIX_") && !strings.HasPrefix(v, "CPATH=") && !strings.HasPrefix(v, "LIBRARY_PATH=")
	})
}

// digests are the contents of programs, as far as they are known and still true.
type digests map[string]known

// known is the content of a file.
type known struct {
	Size, Modified int64 // of the file, in bytes and nanoseconds
	Inode          uint64
	Digest         string
	Libraries      []string // that it loads, theirs included
}

func (h *Host) load() digests {
	d := digests{}
	if text, err := os.ReadFile(filepath.Join(h.Cache, "tools.json")); err != nil || json.Unmarshal(text, &d) != nil {
		return digests{}
	}
	return d
}

func (d digests) save(dir string) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "tools.json")
	if err := os.WriteFile(file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// digest is that of a program and the libraries that it loads.
func (d digests) digest(ctx context.Context, path string) (string, error) {
	k, err := d.file(ctx, path)
	if err != nil {
		return "", err
	}
	all := []string{k.Digest}
	for _, lib := range k.Libraries {
		l, err := d.file(ctx, lib)
		if err != nil {
			return "", err
		}
		all = append(all, lib+" "+l.Digest)
	}
	return digest.String(strings.Join(all, "\n")), nil
}

func (d digests) file(ctx context.Context, path string) (known, error) {
	info, err := os.Stat(path)
	if err != nil {
		return known{}, err
	}
	k := known{Size: info.Size(), Modified: info.ModTime().UnixNano(), Inode: info.Sys().(*syscall.Stat_t).Ino}
	if old, ok := d[path]; ok && old.Size == k.Size && old.Modified == k.Modified && old.Inode == k.Inode {
		return old, nil
	}
	if info.IsDir() {
		k.Digest, err = digest.Tree(ctx, path, nil)
	} else if k.Digest, err = digest.File(path); err == nil {
		k.Libraries = libraries(ctx, path)
	}
	if err != nil {
		return known{}, err
	}
	d[path] = k
	return k, nil
}

// libraries lists what the dynamic loader loads for a program (ldd(1)); nothing for scripts and static programs.
func libraries(ctx context.Context, path string) []string {
	if _, err := exec.LookPath("ldd"); err != nil {
		return nil
	}
	out, err := (&command.Cmd{Path: "ldd", Args: []string{path}}).Output(ctx)
	if err != nil {
		return nil
	}
	var libs []string
	for line := range strings.Lines(out) {
		for _, word := range strings.Fields(line) {
			if strings.HasPrefix(word, "/") {
				libs = append(libs, word)
				break
			}
		}
	}
	slices.Sort(libs)
	return slices.Compact(libs)
}

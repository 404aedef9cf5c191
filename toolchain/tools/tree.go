package tools

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/digest"
	"rex/toolchain/fetch"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
)

// Tree is the tools tree, a file tree of Debian packages that is pinned to the byte. Programs that run in it see nothing else
// of the machine but what they are given.
type Tree struct {
	Config  *Config
	Lock    *Lock
	Fetcher *fetch.Fetcher // brings the packages
}

// OpenTree reads the tree's config and lock.
func OpenTree(config, lock string) (*Tree, error) {
	t := &Tree{}
	var err error
	if t.Config, err = LoadConfig(config); err != nil {
		return nil, err
	}
	if t.Lock, err = LoadLock(lock); err != nil {
		return nil, err
	}
	return t, nil
}

// Stage unpacks the tree. It runs no program: nothing but Go is needed for it.
func (t *Tree) Stage() *stage.Stage {
	return &stage.Stage{
		Name: "tools", Doc: "the tools tree", Output: t.Lock.Tree,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("lock", string(t.Lock.Format()))
			in.Value("config", t.Config.shape())
			return nil
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			files, err := t.Fetcher.Packages(ctx, "the packages of the tools tree", t.Lock.Packages)
			if err != nil {
				return err
			}
			return Unpack(ctx, t.Config, t.Lock, files, b.Out)
		},
	}
}

// Seen is where it is mounted.
func (t *Tree) Seen(_, inside string) string { return inside }

// Command runs cmd in the tree, with cmd.Env beside one language, one time zone, and a home that holds nothing.
func (t *Tree) Command(dir string, cmd command.Cmd, box sandbox.Box) (*command.Cmd, error) {
	box.Tree = dir
	cmd.Env = append(append(t.environment(), "HOME=/tmp", "USER=rex", "LOGNAME=rex", "LC_ALL=C.UTF-8", "TZ=UTC"), cmd.Env...)
	return box.Command(cmd)
}

// environment says where things are in the tree, with folders of programs that go before its own.
func (t *Tree) environment(first ...string) []string {
	return []string{"PATH=" + strings.Join(slices.Concat(first, t.Config.Path), ":"), "LIBCLANG_PATH=" + t.Config.Libclang}
}

// byHand are the programs of the tree that people use by hand; others are in `mage shell`.
var byHand = []string{
	"bindgen", "clang", "clang++", "ld.lld", "llvm-dwarfdump", "llvm-nm", "llvm-objdump", "llvm-readelf", "opt", "gdb", "pahole", "qemu-system-x86_64",
}

// ByHand makes a folder of programs that enter the tree.
func (t *Tree) ByHand(dir, first, wrapper, cache string) ([]string, error) {
	own, err := os.ReadDir(first)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(byHand)
	for _, e := range own {
		names = append(names, e.Name())
	}
	w := sandbox.Wrapper{Tree: dir, Env: append(t.environment(first), "RUSTC", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "LD_PRELOAD", "TMPDIR")}
	folder := filepath.Join(cache, digest.String(strings.Join(append(w.Env, dir, wrapper), "\n"))[:16])
	return []string{folder}, w.Install(wrapper, folder, names)
}

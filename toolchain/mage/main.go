// The command `go tool mage`: mage, from any folder of the checkout, and for users without HOME.
package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/magefile/mage/mage"

	"rex/toolchain/checkout"
	"rex/toolchain/targets"
)

func main() {
	if slices.Equal(os.Args[1:], []string{"-l"}) {
		if err := list(); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			os.Exit(1)
		}
		return
	}
	args, err := arguments(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	passSignals()
	os.Exit(mage.ParseAndRun(os.Stdout, os.Stderr, os.Stdin, args))
}

// list writes the targets by what they are for, where mage has them by name.
func list() error {
	root, err := checkout.Root(".")
	if err != nil {
		return err
	}
	all, err := targets.Read(filepath.Join(root, "magefiles"))
	if err != nil {
		return err
	}
	return targets.List(os.Stdout, all)
}

// arguments are those for mage: given, with the folder of the targets, which run where the caller is.
func arguments(given []string) ([]string, error) {
	if err := home(); err != nil {
		return nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	root, err := checkout.Root(here)
	if err != nil {
		return nil, err
	}
	if err := useCache(context.Background(), root); err != nil {
		return nil, fmt.Errorf("cache of mage's: %w", err)
	}
	if len(given) == 2 && (given[1] == "-h" || given[1] == "--help") {
		given = []string{"-h", given[0]} // as mage wants it
	}
	return append([]string{"-d", root, "-w", here}, given...), nil
}

// home sets HOME where it is not, as under cron and systemd: mage, cargo and our own cache want one.
func home() error {
	if os.Getenv("HOME") != "" {
		return nil
	}
	u, err := user.Current()
	if err != nil || u.HomeDir == "" {
		return fmt.Errorf("HOME is not set, and nothing says where it would be: %w; set it", err)
	}
	return os.Setenv("HOME", u.HomeDir)
}

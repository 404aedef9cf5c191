// The command `go tool mage`: mage, from any folder of the checkout, and for users without HOME.
package main

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/magefile/mage/mage"

	"rex/toolchain/checkout"
)

func main() {
	args, err := arguments(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	passSignals()
	os.Exit(mage.ParseAndRun(os.Stdout, os.Stderr, os.Stdin, args))
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

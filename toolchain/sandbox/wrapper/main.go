// Command wrapper runs, for a person, the program of the tools tree that has the name by which it is called, with the host's
// files where they are. `mage env` puts links to it into PATH.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
)

func main() { os.Exit(run()) }

func run() int {
	cmd, err := wrapped()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		return 125
	}
	// The terminal's signals go to the program, too, which decides what becomes of them.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGQUIT)
	if err := cmd.Run(context.Background()); err != nil {
		if code := command.ExitCode(err); code >= 0 {
			return code
		}
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		return 125
	}
	return 0
}

// wrapped is the program to run.
func wrapped() (*command.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(self), sandbox.WrapperConfig))
	if err != nil {
		return nil, err
	}
	var w sandbox.Wrapper
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, err
	}
	if _, err := os.Stat(w.Tree); err != nil {
		return nil, fmt.Errorf(`%w; eval "$(mage env)" again`, err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	box := sandbox.Box{Tree: w.Tree, Network: true}
	if kvm, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err == nil {
		kvm.Close()
		box.KVM = true
	}
	if box.Mounts, err = sandbox.HostMounts("/"); err != nil {
		return nil, err
	}
	seen := false
	for _, m := range box.Mounts {
		seen = seen || dir == m.Inside || strings.HasPrefix(dir, m.Inside+"/")
	}
	if !seen {
		return nil, fmt.Errorf("the tools tree has folders of its own where the working folder %s is; work elsewhere", dir)
	}
	return box.Command(command.Cmd{Path: filepath.Base(os.Args[0]), Args: os.Args[1:], Dir: dir, Env: w.Environment(os.Environ()), Terminal: true})
}

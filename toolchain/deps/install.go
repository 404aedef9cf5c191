package deps

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/command"
)

// Manager returns the package manager of this host by os-release(5), or an error that says
// which distributions are known.
func (c *Config) Manager() (string, error) {
	f, err := os.Open("/etc/os-release")
	if err != nil {
		return "", fmt.Errorf("which distribution is this? %w", err)
	}
	defer f.Close()
	return c.manager(f)
}

func (c *Config) manager(osRelease io.Reader) (string, error) {
	fields := map[string]string{}
	lines := bufio.NewScanner(osRelease)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		fields[name] = strings.Trim(value, `"'`)
	}
	for _, id := range append([]string{fields["ID"]}, strings.Fields(fields["ID_LIKE"])...) {
		if m, ok := c.Distribution[id]; ok {
			return m, nil
		}
	}
	known := make([]string, 0, len(c.Distribution))
	for id := range c.Distribution {
		known = append(known, id)
	}
	slices.Sort(known)
	return "", fmt.Errorf("distribution %q is not in configs/deps.toml, which knows %s; install the tools by hand", fields["ID"], strings.Join(known, ", "))
}

// InstallCommand is the exact command that installs what the findings lack.
func (c *Config) InstallCommand(missing []Finding, manager string) []string {
	args := slices.Clone(c.Managers[manager])
	var packages []string
	for _, f := range missing {
		packages = append(packages, f.Tool.Packages[manager]...)
	}
	slices.Sort(packages)
	return append(args, slices.Compact(packages)...)
}

// ErrDeclined means that nobody agreed to an installation.
var ErrDeclined = errors.New("not installed")

// Install installs what is missing. As root, or with yes, it does so; otherwise ask, which may be nil, is
// asked. ErrDeclined is returned, with the command, when nobody agrees. What root's package manager says goes to
// the log, and its end into the error.
func (c *Config) Install(ctx context.Context, missing []Finding, yes bool, ask func(question string) bool, log string) error {
	if len(missing) == 0 {
		return nil
	}
	manager, err := c.Manager()
	if err != nil {
		return err
	}
	args := c.InstallCommand(missing, manager)
	root := os.Geteuid() == 0
	if !root {
		line := strings.Join(args, " ")
		if manager != "nix" {
			line = "sudo " + line
		}
		if !yes && (ask == nil || !ask("run `"+line+"`?")) {
			return fmt.Errorf("%w; run: %s", ErrDeclined, line)
		}
	}
	run := func(args []string) error {
		if !root && manager != "nix" {
			return sudo(ctx, args)
		}
		return (&command.Cmd{Path: args[0], Args: args[1:], Env: []string{quiet}, Log: log}).Run(ctx)
	}
	if manager != "apt" {
		return run(args)
	}
	known := aptKnowsPackages()
	if known {
		if err = run(args); err == nil || ctx.Err() != nil {
			return err
		}
	}
	// No lists, or lists so old that the mirror no longer has what they name.
	// An unreachable mirror among several is apt's warning, not our failure: the installation decides.
	if err := run([]string{"apt-get", "update"}); err != nil && !known {
		return err
	}
	return run(args)
}

// quiet keeps Debian's packages from asking questions.
const quiet = "DEBIAN_FRONTEND=noninteractive"

// sudo runs a command as root. It stays in our own process group, other than all else that we run: only there
// may it ask for a password on the terminal. env, since sudo drops variables.
func sudo(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, "sudo", append([]string{"env", quiet}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Root's processes cannot be signalled by us; sudo passes on what the terminal or we send it.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("sudo %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// aptKnowsPackages tells whether apt has lists at all; a fresh machine has none.
func aptKnowsPackages() bool {
	lists, _ := filepath.Glob("/var/lib/apt/lists/*_Packages*")
	return len(lists) > 0
}

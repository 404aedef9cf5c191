package tools

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/fetch"
	"rex/toolchain/pin"
	"rex/toolchain/sandbox"
)

// Resolve finds the packages that the config wants, and all that they need, in the present state of a mirror: apt's own
// solver, with an empty state of its own, run within the tree in dir. The lock that it returns has no digest of a tree yet. log
// gets apt's output.
func (t *Tree) Resolve(ctx context.Context, dir, mirror, log string) (*Lock, error) {
	c := t.Config
	state, err := os.MkdirTemp("", "rex-apt-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(state)
	const inside = "/apt"
	box := sandbox.Box{Network: true, Mounts: append(Network(), sandbox.Mount{Host: state, Inside: inside, Writable: true})}
	if u, err := url.Parse(mirror); err == nil && u.Scheme == "file" {
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: u.Path, Inside: u.Path})
	}
	if err := c.writeState(state, inside, mirror); err != nil {
		return nil, err
	}
	apt := func(args ...string) (string, error) {
		cmd, err := t.Command(dir, command.Cmd{Path: "apt-get", Args: args, Env: append(Proxies(), "APT_CONFIG="+inside+"/apt.conf"), Log: log}, box)
		if err != nil {
			return "", err
		}
		return cmd.Output(ctx)
	}
	if _, err := apt("update", "-qq"); err != nil {
		return nil, fmt.Errorf("lists of %s: %w", fetch.Redacted(mirror), err)
	}
	wanted := []string{}
	for _, s := range c.Suites {
		wanted = append(wanted, s.Packages...)
	}
	out, err := apt(append([]string{"install", "--print-uris", "-qq"}, wanted...)...)
	if err != nil {
		return nil, fmt.Errorf("the suites of configs/tools.toml do not have what it wants: %w", err)
	}
	l := &Lock{Snapshot: Now()}
	if l.Packages, err = parseURIs([]byte(out), mirror); err != nil {
		return nil, err
	}
	l.Format() // sorts
	return l, nil
}

// Now is this moment, in the form of Lock.Snapshot.
func Now() string { return time.Now().UTC().Format("20060102T150405Z") }

// writeState writes apt's configuration and state to dir, which apt sees at inside.
func (c *Config) writeState(dir, inside, mirror string) error {
	conf := fmt.Sprintf(`Dir "%[1]s/";
Dir::State "%[1]s/state"; Dir::State::status "%[1]s/status"; Dir::Cache "%[1]s/cache";
Dir::Etc "%[1]s/etc"; Dir::Etc::sourcelist "%[1]s/etc/sources.list"; Dir::Etc::preferences "%[1]s/etc/preferences";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "0"; APT::Sandbox::User "root"; APT::Update::Error-Mode "any"; Acquire::Check-Valid-Until "false";
Acquire::Languages "none"; Acquire::ForceHash "sha256"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
`, inside)
	var sources, preferences, status strings.Builder
	for i, s := range c.Suites {
		fmt.Fprintf(&sources, "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", strings.TrimRight(mirror, "/"), s.Name)
		// The first suite is taken from, the others only where it has no such package, or where they are wanted.
		fmt.Fprintf(&preferences, "Package: *\nPin: release n=%s\nPin-Priority: %d\n\n", s.Name, 500-100*i)
		if i > 0 && len(s.Packages) > 0 {
			fmt.Fprintf(&preferences, "Package: %s\nPin: release n=%s\nPin-Priority: 900\n\n", strings.Join(s.Packages, " "), s.Name)
		}
	}
	for _, name := range c.Assumed {
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: allowed\nMaintainer: none <none>\nVersion: 99:99\nDescription: assumed\n\n", name)
	}
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "etc/preferences.d", "etc/apt.conf.d", "etc/sources.list.d"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{"apt.conf": conf, "status": status.String(), "etc/sources.list": sources.String(), "etc/preferences": preferences.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// parseURIs reads lines 'ADDRESS' NAME BYTES SHA256:DIGEST, as apt-get --print-uris writes them.
func parseURIs(text []byte, mirror string) ([]pin.File, error) {
	var files []pin.File
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 4 {
			return nil, fmt.Errorf("apt-get --print-uris said %q", lines.Text())
		}
		address := strings.Trim(fields[0], "'")
		escaped, ok := strings.CutPrefix(address, strings.TrimRight(mirror, "/")+"/")
		if !ok {
			return nil, fmt.Errorf("%s is not on the mirror", fetch.Redacted(address))
		}
		path, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, err
		}
		sum, ok := strings.CutPrefix(fields[3], "SHA256:")
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("%s: apt names no sha256 of it", path)
		}
		files = append(files, pin.File{Path: path, Size: size, SHA256: sum})
	}
	if len(files) == 0 {
		return nil, errors.New("apt names no package to install")
	}
	return files, lines.Err()
}

// Network are the files of the host that say how to reach others; the tree has links to where they are put.
func Network() []sandbox.Mount {
	var mounts []sandbox.Mount
	add := func(inside string, candidates ...string) {
		for _, c := range candidates {
			if real, err := filepath.EvalSymlinks(c); err == nil {
				mounts = append(mounts, sandbox.Mount{Host: real, Inside: inside})
				return
			}
		}
	}
	add("/run/host/resolv.conf", "/etc/resolv.conf")
	add("/run/host/hosts", "/etc/hosts")
	add("/run/host/ca-certificates.crt", os.Getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem")
	return mounts
}

// Proxies are the settings by which this machine reaches others.
func Proxies() []string {
	var env []string
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/image"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
	"rex/toolchain/tools"
)

// ToolsShell gives the terminal to a shell with the tools, with the checkout in /checkout, for reading only.
func (p *Project) ToolsShell(ctx context.Context) error {
	ready, err := p.Tools(ctx)
	if err != nil {
		return err
	}
	p.Term.Printf("the tools tree; the checkout can be read, /tmp written, and the network is not there; `exit` leaves")
	return p.shell(ctx, ready, ready.Seen(p.Root, "/checkout"), sandbox.Box{Mounts: []sandbox.Mount{{Host: p.Root, Inside: "/checkout"}}})
}

// shell gives the terminal to a shell with the tools, and with what is in the box.
func (p *Project) shell(ctx context.Context, ready tools.Ready, dir string, box sandbox.Box) error {
	cmd, err := ready.Command(command.Cmd{
		Path: "bash", Dir: dir, Terminal: true, Env: []string{"TERM=" + os.Getenv("TERM"), `PS1=rex:\w\$ `},
	}, box)
	if err != nil {
		return err
	}
	if err := cmd.Run(ctx); err != nil && command.ExitCode(err) < 0 {
		return err
	}
	return nil // what the last command of a shell said is not ours
}

// ToolsImage writes the tools tree as a container image to the OCI image layout in dir, with Go and certificates as this machine has them.
func (p *Project) ToolsImage(ctx context.Context, dir string) error {
	results, err := p.Runner.Run(ctx, p.tools)
	if err != nil {
		return err
	}
	if p.toolset != p.tree {
		return errors.New("the image is one of the tools tree, which REX_TOOLS=host leaves out")
	}
	goRoot, err := (&command.Cmd{Path: "go", Args: []string{"env", "GOROOT"}, Dir: p.Root}).Output(ctx)
	if err != nil {
		return err
	}
	root := results[p.tools.Name].Dir
	layer := []image.Tree{{Inside: "tmp", Mode: fs.ModeSticky | 0o777}}
	for _, name := range []string{"dev", "proc", "root", "run", "sys"} {
		layer = append(layer, image.Tree{Inside: name, Mode: 0o755})
	}
	for _, name := range []string{"bin", "lib", "lib64", "sbin"} {
		layer = append(layer, image.Tree{Inside: name, Link: "usr/" + name})
	}
	for _, name := range []string{"etc", "usr", "var"} {
		layer = append(layer, image.Tree{Host: filepath.Join(root, name), Inside: name})
	}
	second := []image.Tree{{Host: strings.TrimSpace(goRoot), Inside: "usr/local/go"}}
	for _, m := range tools.Network() {
		if strings.HasSuffix(m.Inside, ".crt") {
			second = append(second, image.Tree{Host: m.Host, Inside: strings.TrimPrefix(m.Inside, "/")})
		}
	}
	i := &image.Image{
		Layers: [][]image.Tree{layer, second}, Dir: "/root",
		Env: []string{"PATH=" + strings.Join(append([]string{"/usr/local/go/bin"}, p.tree.Config.Path...), ":"), "LIBCLANG_PATH=" + p.tree.Config.Libclang, "LANG=C.UTF-8"},
	}
	p.Term.Printf("> image          the tools tree of %.12s, with Go", p.tree.Lock.Tree)
	if err := i.Write(ctx, dir, imageTag); err != nil {
		return err
	}
	p.Term.Printf("✓ image          %s:%s; `skopeo copy oci:%[1]s:%[2]s docker://...` pushes it", dir, imageTag)
	return nil
}

// imageTag names the image in its layout.
const imageTag = "tools"

// Environment returns what a person sets to use the tools by hand: shell assignments.
func (p *Project) Environment(ctx context.Context) (string, error) {
	results, err := p.Runner.Run(ctx, p.toolchain, p.bindings, p.librex, p.libbpf, p.wrapper)
	if err != nil {
		return "", err
	}
	dir := func(s *stage.Stage) string { return results[s.Name].Dir }
	wrapper := filepath.Join(dir(p.wrapper), "wrapper")
	folders, err := p.toolset.ByHand(dir(p.tools), filepath.Join(dir(p.toolchain), "bin"), wrapper, filepath.Join(p.Store.Dir(), "host", "bin"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	// No quotes: a cache root with anything that a shell would not take as it is is refused (store.Root).
	fmt.Fprintf(&b, "export PATH=%s:$PATH\n", strings.Join(folders, ":"))
	for _, v := range [][2]string{
		{"RUSTC", folders[0] + "/rustc"}, {"LINUX_SRC", dir(p.linuxSource)}, {"LINUX_OBJ", dir(p.kernel)}, {"REX_BINDINGS", dir(p.bindings)},
		{"PKG_CONFIG_PATH", dir(p.librex) + "/lib/pkgconfig:" + dir(p.libbpf) + "/lib/pkgconfig"},
	} {
		fmt.Fprintf(&b, "export %s=%s\n", v[0], v[1])
	}
	if host := os.Getenv("RUSTUP_TOOLCHAIN"); host != "" {
		fmt.Fprintln(&b, "unset RUSTUP_TOOLCHAIN")
	}
	return b.String(), nil
}

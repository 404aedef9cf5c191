package project

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/kernel"
)

// ownConfig is the file that REX_KERNEL_CONFIG names, if it is that variant.
func (p *Project) ownConfig() string {
	switch {
	case p.variant != ownVariant:
		return ""
	case p.Runner != nil:
		return p.outside[ownConfigName]
	}
	return filepath.Join(p.path(outsideDir), ownConfigName)
}

const ownConfigName = "kernel.config"

// useOwnConfig makes the graph one with a kernel of the configuration in a file, if there is one.
func (p *Project) useOwnConfig(file string) error {
	if file == "" {
		return nil
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("REX_KERNEL_CONFIG=%s is no file; it takes a kernel's configuration, such as a distribution's /boot/config-*", file)
	}
	p.variant = ownVariant
	p.putOutside(ownConfigName, file)
	return nil
}

// TellConfig says what has become of a user's configuration, once the kernel is built.
func (p *Project) TellConfig() error {
	if p.variant != ownVariant {
		return nil
	}
	file := filepath.Join("build", p.kernel.Name, kernel.Changes)
	text, err := os.ReadFile(p.path(file))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, " settings differ from ") {
			p.Term.Printf("  %s %s lists them, with the reasons", strings.Replace(strings.TrimSpace(strings.TrimSuffix(line, ":\n")), ownConfigName, p.ownConfig(), 1)+";", file)
		}
	}
	return nil
}

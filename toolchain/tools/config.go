package tools

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"rex/toolchain/conf"
)

// Config is configs/tools.toml: what the tools tree is wanted to hold.
type Config struct {
	Snapshot string            `toml:"snapshot"` // address of an archive of the Debian archive, by time
	Path     []string          `toml:"path"`     // folders of programs, absolute, in order
	Libclang string            `toml:"libclang"` // folder of libclang, absolute
	Suites   []Suite           `toml:"suite"`
	Assumed  []string          `toml:"assumed"`   // packages that others depend on and nothing here needs
	LeaveOut []string          `toml:"leave_out"` // files and folders that are not unpacked
	Links    map[string]string `toml:"links"`     // symbolic links to make: path below the tree to target
}

// Suite is a part of the Debian archive.
type Suite struct {
	Name     string   `toml:"name"`
	Packages []string `toml:"packages"` // wanted from it; what they need may come from an earlier suite
}

// LoadConfig reads a config file.
func LoadConfig(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// ParseConfig reads and checks the text of a config file.
func ParseConfig(text []byte) (*Config, error) {
	c := &Config{}
	if err := conf.Decode(text, c); err != nil {
		return nil, err
	}
	if len(c.Suites) == 0 || len(c.Path) == 0 {
		return nil, errors.New("it needs a [[suite]] and a path")
	}
	for _, dir := range c.Path {
		if !path.IsAbs(dir) {
			return nil, fmt.Errorf("path: %q is not absolute", dir)
		}
	}
	for link := range c.Links {
		if link == "" || path.IsAbs(link) || path.Clean(link) != link || strings.HasPrefix(link, "..") {
			return nil, fmt.Errorf("links: %q is no path below the tree", link)
		}
	}
	return c, nil
}

// skip tells what is left out.
func (c *Config) skip(file string) bool {
	for _, prefix := range c.LeaveOut {
		if file == prefix || strings.HasPrefix(file, prefix+"/") {
			return true
		}
	}
	return false
}

// shape is what of the config shapes the tree, given its packages.
func (c *Config) shape() string { return fmt.Sprintf("leave out %q, links %q", c.LeaveOut, c.Links) }

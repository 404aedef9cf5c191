// Package checkout finds the checkout of Rex that a folder is in, or that it names.
package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// Root returns the root of the checkout that dir, a folder, is in, or that a go.work in it or in a folder above uses: the one
// file by which a repository of extensions says where Rex is.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for root := dir; ; root = filepath.Dir(root) {
		if is(root) {
			return root, nil
		}
		if used, err := usedBy(root); err != nil || used != "" {
			return used, err
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("%s is not in a checkout of Rex: neither it nor a folder above has magefiles/, or a go.work that uses one; change to one", dir)
		}
	}
}

func is(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "magefiles"))
	return err == nil
}

// usedBy returns the checkout that go.work in dir uses, or "".
func usedBy(dir string) (string, error) {
	file := filepath.Join(dir, "go.work")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	work, err := modfile.ParseWork(file, text, nil)
	if err != nil {
		return "", err
	}
	for _, use := range work.Use {
		path := use.Path
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if is(path) {
			return filepath.Clean(path), nil
		}
	}
	return "", nil
}

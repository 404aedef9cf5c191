// Package checkout finds the checkout of Rex that a folder is in.
package checkout

import (
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the root of the checkout that dir, a folder, is in.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "magefiles")); err == nil {
			return root, nil
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("%s is not in a checkout of Rex: neither it nor a folder above has magefiles/; change to one", dir)
		}
	}
}

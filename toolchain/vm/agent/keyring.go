package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"

	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// The keyring of those who may sign extensions, as /proc/keys lists it (proc_keys(5)).
var ring = regexp.MustCompile(`(?m)^([0-9a-f]+) .* keyring +\.rex: `)

// sealed is what remains of the ring's permissions (linux/key.h): the kernel looks keys up, root sees which ones.
const sealed = 0x08000000 | 0x00010000 | 0x00020000 // KEY_POS_SEARCH, KEY_USR_VIEW, KEY_USR_READ

// trust gives the kernel the certificate of who signs extensions, and then nobody can add another one. A kernel
// without Rex has no such keyring.
func trust() error {
	keys, err := os.ReadFile("/proc/keys")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	m := ring.FindSubmatch(keys)
	if m == nil {
		return nil
	}
	serial, err := strconv.ParseInt(string(m[1]), 16, 32)
	if err != nil {
		return fmt.Errorf("keyring .rex: %w", err)
	}
	certificate, err := os.ReadFile(guest.CertificateFile)
	if err == nil {
		_, err = unix.AddKey("asymmetric", "", certificate, int(serial))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keyring .rex: %w", err)
	}
	if err := unix.KeyctlSetperm(int(serial), sealed); err != nil {
		return fmt.Errorf("keyring .rex: seal: %w", err)
	}
	return nil
}

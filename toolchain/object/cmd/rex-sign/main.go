// Rex-sign checks an extension's object, appends what it has found out of each program's imports, and signs all of it: what `mage build:sample`
// does to an object that cargo has made.
//
//	rex-sign [-keys DIRECTORY] [-exports rex-exports.txt] FILE...
//
// The first use makes the key, and a certificate for /etc/rex/keys of the machines that are to load what it signs.
package main

import (
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/object"
	"rex/toolchain/object/inspection"
	"rex/toolchain/signing"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "rex-sign:", err)
		os.Exit(1)
	}
}

func run() error {
	config, err := os.UserConfigDir()
	if err != nil {
		config = "."
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	usr := filepath.Dir(filepath.Dir(self))
	keys := flag.String("keys", filepath.Join(config, "rex/keys"), "`directory` of the key; it is made where there is none")
	exports := flag.String("exports", filepath.Join(usr, "share/rex/kernel/rex-exports.txt"), "`file` with the names that the kernel exports")
	signFile := flag.String("sign-file", filepath.Join(usr, "lib/rex/libexec/sign-file"), "the kernel's `program` that appends signatures")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: rex-sign [-keys DIRECTORY] [-exports rex-exports.txt] FILE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	names, err := object.Exports(*exports)
	if err != nil {
		return err
	}
	key, err := signing.Open(*keys)
	if err != nil {
		return err
	}
	certificate, err := der(key)
	if err != nil {
		return err
	}
	for _, file := range flag.Args() {
		if err := sign(key, file, *signFile, names); err != nil {
			return err
		}
		fmt.Printf("%s: accepted, and signed; it loads where /etc/rex/keys has %s\n", file, certificate)
	}
	return nil
}

// der writes the certificate beside the key in the form that kernels read.
func der(key *signing.Key) (string, error) {
	text, err := os.ReadFile(key.Certificate)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("%s is no certificate", key.Certificate)
	}
	file := strings.TrimSuffix(key.Certificate, filepath.Ext(key.Certificate)) + ".der"
	return file, os.WriteFile(file, block.Bytes, 0o644)
}

// sign signs one file, which stays as it is if something is wrong with it.
func sign(key *signing.Key, file, signFile string, exports []string) error {
	if signed, err := signing.IsSigned(file); err != nil {
		return err
	} else if signed {
		return fmt.Errorf("%s has a signature already; build it anew", file)
	}
	report, err := inspection.File(file, inspection.Kernel{Exports: exports})
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	draft := file + ".signed"
	defer os.Remove(draft)
	if err := os.WriteFile(draft, append(content, report.Reach...), 0o755); err != nil {
		return err
	}
	if err := key.Sign(context.Background(), signFile, draft, "", os.Stderr); err != nil {
		return err
	}
	return os.Rename(draft, file)
}

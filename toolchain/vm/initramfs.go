package vm

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/cavaliergopher/cpio"

	"rex/toolchain/vm/guest"
)

// File is a host file, or the folder tree below it, that the guest sees at Guest.
type File struct {
	Host  string
	Guest string // absolute
}

// initramfs writes a cpio archive (newc, as Documentation/driver-api/early-userspace/buffer-format.rst
// has it) that boots into the agent. It is not compressed: under emulation, unpacking costs more than copying.
func initramfs(w io.Writer, agent string, certificate *x509.Certificate, files []File, job *guest.Job) error {
	a := &archive{w: cpio.NewWriter(w), dirs: map[string]bool{"/": true}}
	// Without it /init has no standard output.
	if err := a.dir("/dev"); err != nil {
		return err
	}
	console := &cpio.Header{Name: "dev/console", Mode: cpio.TypeChar | 0o600, DeviceID: 5<<8 | 1}
	if err := a.w.WriteHeader(console); err != nil {
		return err
	}
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if err := a.bytes(guest.JobFile, 0o644, text); err != nil {
		return err
	}
	if certificate != nil {
		if err := a.bytes(guest.CertificateFile, 0o644, certificate.Raw); err != nil {
			return err
		}
	}
	for _, f := range append([]File{{Host: agent, Guest: "/init"}}, files...) {
		if err := a.tree(f); err != nil {
			return fmt.Errorf("initramfs: %w", err)
		}
	}
	return a.w.Close()
}

type archive struct {
	w    *cpio.Writer
	dirs map[string]bool
}

// dir adds a folder and those above it, once.
func (a *archive) dir(name string) error {
	if a.dirs[name] {
		return nil
	}
	if err := a.dir(path.Dir(name)); err != nil {
		return err
	}
	a.dirs[name] = true
	return a.w.WriteHeader(&cpio.Header{Name: name[1:], Mode: cpio.TypeDir | 0o755})
}

func (a *archive) bytes(name string, mode cpio.FileMode, text []byte) error {
	if err := a.dir(path.Dir(name)); err != nil {
		return err
	}
	if err := a.w.WriteHeader(&cpio.Header{Name: name[1:], Mode: cpio.TypeReg | mode, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := a.w.Write(text)
	return err
}

func (a *archive) tree(f File) error {
	return filepath.WalkDir(f.Host, func(host string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(f.Host, host)
		if err != nil {
			return err
		}
		name := path.Join(f.Guest, filepath.ToSlash(rel))
		info, err := os.Stat(host)
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(host)
		if err != nil {
			return err
		}
		return a.bytes(name, cpio.FileMode(info.Mode().Perm()), text)
	})
}

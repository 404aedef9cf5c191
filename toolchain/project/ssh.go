package project

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"

	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// sshPort is where a guest is reached, if nobody else has it.
const sshPort = 2222

// letIn lets others into the session beside its command, through a port of this machine, and says how. Only who can read this user's files
// can: the keys lie there, and the port is this machine's own.
func (p *Project) letIn(s *vm.Session, o *vm.Options) error {
	dir := filepath.Join(p.Store.Dir(), "vm", "ssh")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	host, hostKey, err := sshKey(filepath.Join(dir, "host"))
	if err != nil {
		return err
	}
	_, own, err := sshKey(filepath.Join(dir, "id_ed25519"))
	if err != nil {
		return err
	}
	port := sshPort
	if taken := vm.Free(port); taken != nil {
		if port, err = vm.AnyPort(); err != nil {
			return fmt.Errorf("%w; nor can another one: %w", taken, err)
		}
		p.Term.Printf("%v; %d is used in its place", taken, port)
	}
	o.Ports = append(o.Ports, vm.Port{Host: port, Guest: guest.SSHPort})
	config := filepath.Join(dir, fmt.Sprintf("config-%d", port))
	known := filepath.Join(dir, "known_hosts")
	if err := os.WriteFile(known, []byte("rex "+hostKey+"\n"), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf("Host rex\n  HostName 127.0.0.1\n  Port %d\n  User root\n  IdentityFile %q\n  IdentitiesOnly yes\n  HostKeyAlias rex\n  UserKnownHostsFile %q\n",
		port, filepath.Join(dir, "id_ed25519"), known)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	s.SSH = &guest.SSH{HostKey: host, Authorized: own}
	p.Term.Printf("once it has booted, from another terminal: ssh -F %s rex", config)
	return nil
}

// sshKey reads a private key, which is made when first asked for, and its public one as authorized_keys has it.
func sshKey(file string) (private, public string, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return "", "", err
		}
		block, err := ssh.MarshalPrivateKey(key, "rex")
		if err != nil {
			return "", "", err
		}
		text = pem.EncodeToMemory(block)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", "", err
		}
	} else if err != nil {
		return "", "", err
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w; remove it, and another one is made", file, err)
	}
	return string(text), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), nil
}

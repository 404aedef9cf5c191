package acceptance

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestSSH: beside a session's command, who has its key comes in with SSH, as the config that mage names says, and nobody else does.
func TestSSH(t *testing.T) {
	cmd := mage(t, rootOrSkip(t), "vm:run", "-ssh", "--", "sh", "-c", "echo is up >&2; read line; echo $line")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	stderr := &waiter{line: "is up\n", heard: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stderr.heard:
	case <-time.After(4 * time.Minute):
		_ = cmd.Process.Kill()
		t.Fatalf("it never was up: %v", cmd.Wait())
	}
	said := regexp.MustCompile(`ssh -F (\S+) rex`).FindStringSubmatch(stderr.text.String())
	if said == nil {
		t.Fatalf("it does not say how to come in: %q", stderr.text.String())
	}
	config, err := os.ReadFile(said[1])
	if err != nil {
		t.Fatal(err)
	}
	option := func(name string) string {
		for line := range strings.Lines(string(config)) {
			if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
				return strings.Trim(value, `"`)
			}
		}
		t.Fatalf("%s has no %s:\n%s", said[1], name, config)
		return ""
	}
	known, err := os.ReadFile(option("UserKnownHostsFile"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, hostKey, _, _, err := ssh.ParseKnownHosts(known)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(option("IdentityFile"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	dial := func(key ssh.Signer) (*ssh.Client, error) {
		return ssh.Dial("tcp", net.JoinHostPort(option("HostName"), option("Port")), &ssh.ClientConfig{
			User: option("User"), Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(hostKey), Timeout: time.Minute,
		})
	}
	client, err := dial(key)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader("typed\n"), &out, &errs
	err = s.Run("hostname; pwd; cat; echo wrong >&2; exit 5")
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 5 || out.String() != "rex\n/root\ntyped\n" || errs.String() != "wrong\n" {
		t.Errorf("%v; got %q and %q", err, out.String(), errs.String())
	}

	if s, err = client.NewSession(); err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("dumb", 33, 77, nil); err != nil {
		t.Fatal(err)
	}
	if text, err := s.CombinedOutput("stty size; echo $TERM"); err != nil || string(text) != "33 77\r\ndumb\r\n" {
		t.Errorf("on a terminal: %q, %v", text, err)
	}

	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(foreign)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := dial(signer); err == nil {
		c.Close()
		t.Error("another key came in")
	}
	if info, err := os.Stat(filepath.Dir(said[1])); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the keys' directory: %v, %v", info, err)
	}
	_, _ = io.WriteString(stdin, "the end\n")
	if err := cmd.Wait(); err != nil || stdout.String() != "the end\n" {
		t.Errorf("%v: %q\n%s", err, stdout.String(), stderr.text.String())
	}
}

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/creack/pty"
	"github.com/gliderlabs/ssh"

	"rex/toolchain/vm/guest"
)

// listen serves SSH (RFC 4254) until the guest ends: commands and shells as root, with the environment of the session, and ports of the guest's.
// Who has the session's key comes in.
func listen(s *guest.SSH, shell string) error {
	allowed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.Authorized))
	if err != nil {
		return fmt.Errorf("ssh: the key of who may come in: %w", err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", guest.SSHPort))
	if err != nil {
		return err
	}
	server := &ssh.Server{
		Handler:                     func(session ssh.Session) { handle(session, shell) },
		PublicKeyHandler:            func(_ ssh.Context, key ssh.PublicKey) bool { return ssh.KeysEqual(key, allowed) },
		LocalPortForwardingCallback: func(ssh.Context, string, uint32) bool { return true },
		ChannelHandlers:             map[string]ssh.ChannelHandler{"session": ssh.DefaultSessionHandler, "direct-tcpip": ssh.DirectTCPIPHandler},
	}
	if err := server.SetOption(ssh.HostKeyPEM([]byte(s.HostKey))); err != nil {
		return fmt.Errorf("ssh: the guest's key: %w", err)
	}
	go func() { _ = server.Serve(l) }()
	return nil
}

// handle runs what a client asks for, as sshd(8) does: with the shell, on a terminal if it wants one.
func handle(session ssh.Session, shell string) {
	cmd := exec.CommandContext(session.Context(), shell, "-l")
	if line := session.RawCommand(); line != "" {
		cmd.Args = []string{shell, "-c", line}
	}
	cmd.Dir = "/root"
	cmd.Env = os.Environ()
	terminal, sizes, wanted := session.Pty()
	var err error
	if wanted {
		cmd.Env = append(cmd.Env, "TERM="+terminal.Term)
		err = onTerminal(session, cmd, terminal.Window, sizes)
	} else {
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		var stdin io.WriteCloser
		if stdin, err = cmd.StdinPipe(); err == nil { // and not the session itself, for whose end nobody should wait
			go func() { _, _ = io.Copy(stdin, session); stdin.Close() }()
			cmd.Stdout, cmd.Stderr = session, session.Stderr()
			err = cmd.Run()
		}
	}
	_ = session.Exit(status(session, cmd, err))
}

// status is that of a command which has ended with err.
func status(session ssh.Session, cmd *exec.Cmd, err error) int {
	if cmd.ProcessState == nil {
		fmt.Fprintf(session.Stderr(), "rex: %s: %v\n", cmd.Path, err)
		return cannotRun
	}
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signaled() {
		return bySignal + int(s.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

func onTerminal(session ssh.Session, cmd *exec.Cmd, size ssh.Window, sizes <-chan ssh.Window) error {
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(size.Height), Cols: uint16(size.Width)})
	if err != nil {
		return err
	}
	defer master.Close()
	go func() {
		for size := range sizes {
			_ = pty.Setsize(master, &pty.Winsize{Rows: uint16(size.Height), Cols: uint16(size.Width)})
		}
	}()
	go func() { _, _ = io.Copy(master, session) }()
	_, _ = io.Copy(session, master) // until nobody has the terminal any more
	return cmd.Wait()
}

package slurm

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
)

// cluster is a real one on this host: a controller and some nodes, each in a box with a munged, a home and a /tmp of its own. They
// share the network and nothing else.
type cluster struct {
	t       *testing.T
	tree    string
	dir     string
	mounts  []sandbox.Mount // what all have beside their own
	running map[string]*daemon
}

// daemon is a box that runs.
type daemon struct {
	stop  context.CancelFunc
	ended chan error
}

// user is who runs all of it; within a namespace of its own that is root.
func user() (name string, id uint32) {
	if os.Geteuid() == 0 {
		return "user", 1000
	}
	return "root", 0
}

// start starts a cluster of some nodes, or skips the test.
func start(t *testing.T, nodes ...string) *cluster {
	t.Helper()
	c := prepare(t, nil, nodes...)
	c.launch("controller", "slurmctld", "-D", "-i")
	for _, n := range nodes {
		c.launch(n, "slurmd", "-D", "-N", n)
	}
	return c
}

// prepare makes a cluster of which nothing runs yet.
func prepare(t *testing.T, mounts []sandbox.Mount, nodes ...string) *cluster {
	t.Helper()
	tree := os.Getenv("REX_TEST_SLURM")
	if tree == "" {
		t.Skip("skipped: REX_TEST_SLURM names no tree with Slurm (mage test:slurm does)")
	}
	c := &cluster{t: t, tree: tree, dir: t.TempDir(), mounts: mounts, running: map[string]*daemon{}}
	name, id := user()
	etc := filepath.Join(c.dir, "etc")
	if err := os.MkdirAll(etc, 0o755); err != nil {
		t.Fatal(err)
	}
	conf := fmt.Sprintf(`ClusterName=rex
SlurmctldHost=localhost
SlurmctldPort=%d
SlurmUser=%s
SlurmdUser=%s
StateSaveLocation=/run/slurm
SlurmdSpoolDir=/run/slurm
SlurmctldPidFile=/run/slurm/controller.pid
SlurmdPidFile=/run/slurm/node.pid
AuthType=auth/munge
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=3
MinJobAge=300
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
`, port(t), name, name)
	for _, n := range nodes {
		conf += fmt.Sprintf("NodeName=%s NodeHostname=localhost NodeAddr=127.0.0.1 Port=%d CPUs=2 RealMemory=8000\n", n, port(t))
	}
	conf += "PartitionName=all Nodes=" + strings.Join(nodes, ",") + " Default=YES MaxTime=INFINITE State=UP\n"
	key := make([]byte, 128)
	for i := range key {
		key[i] = byte(i * 7)
	}
	for file, text := range map[string]string{
		"slurm.conf": conf, "cgroup.conf": "CgroupPlugin=disabled\n", "munge.key": string(key),
		"passwd": "root:x:0:0::/home/user:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
		"group":  "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n",
	} {
		if err := os.WriteFile(filepath.Join(etc, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"passwd", "group", "slurm.conf", "cgroup.conf"} {
		if err := os.Chmod(filepath.Join(etc, f), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, machine := range append([]string{"controller", "login"}, nodes...) {
		for _, dir := range []string{"home", "spool", "tmp"} {
			if err := os.MkdirAll(filepath.Join(c.dir, machine, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.own(id)
	t.Cleanup(func() {
		for name := range c.running {
			c.kill(name)
		}
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(c.dir, "controller.log"))
			t.Logf("the controller:\n%s", text)
		}
	})
	return c
}

// own gives all files to who runs the daemons.
func (c *cluster) own(id uint32) {
	c.t.Helper()
	if id == 0 {
		return
	}
	err := filepath.WalkDir(c.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, int(id), int(id))
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// port is one that is free.
func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// box is a machine of the cluster. Each has a munged, and those of two commands on one machine a directory each.
func (c *cluster) box(machine string) sandbox.Box {
	c.t.Helper()
	own := func(dir string) string { return filepath.Join(c.dir, machine, dir) }
	munge, err := os.MkdirTemp(filepath.Join(c.dir, machine), "munge-")
	_, id := user()
	if err == nil && id != 0 {
		err = os.Chown(munge, int(id), int(id))
	}
	if err == nil {
		err = os.Chmod(munge, 0o755)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return sandbox.Box{Tree: c.tree, Network: true, User: id, Mounts: append(append(tools.Network(),
		sandbox.Mount{Host: own("home"), Inside: "/home/user", Writable: true}, sandbox.Mount{Host: own("spool"), Inside: "/run/slurm", Writable: true},
		sandbox.Mount{Host: munge, Inside: "/run/munge", Writable: true}, sandbox.Mount{Host: own("tmp"), Inside: "/run/tmp", Writable: true},
		sandbox.Mount{Host: filepath.Join(c.dir, "etc"), Inside: "/run/machine"},
	), c.mounts...)}
}

// within is a command on a machine, beside its munged.
func (c *cluster) within(machine string, cmd command.Cmd) *command.Cmd {
	c.t.Helper()
	const munged = "munged 2>/dev/null --key-file=/run/machine/munge.key --socket=/run/munge/munge.socket.2 --pid-file=/run/munge/pid --log-file=/run/munge/log --seed-file=/run/munge/seed && exec \"$@\""
	cmd.Args = append([]string{"-c", munged, "sh", cmd.Path}, cmd.Args...)
	cmd.Path = "sh"
	cmd.Env = append([]string{"PATH=/usr/local/go/bin:/usr/bin:/usr/sbin", "HOME=/home/user", "TMPDIR=/run/tmp", "USER=user", "SLURM_CONF=/run/machine/slurm.conf", "LANG=C.UTF-8"}, cmd.Env...)
	out, err := c.box(machine).Command(cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// launch starts a daemon.
func (c *cluster) launch(machine, path string, args ...string) {
	c.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d := &daemon{stop: stop, ended: make(chan error, 1)}
	cmd := c.within(machine, command.Cmd{Path: path, Args: args, Log: filepath.Join(c.dir, machine+".log")})
	go func() { d.ended <- cmd.Run(ctx) }()
	c.running[machine] = d
}

// kill ends a machine and all that runs there.
func (c *cluster) kill(machine string) {
	d := c.running[machine]
	d.stop()
	<-d.ended
	delete(c.running, machine)
}

// slurm is the cluster as its login node sees it.
func (c *cluster) slurm() *Cluster {
	return &Cluster{Within: func(cmd command.Cmd) (*command.Cmd, error) { return c.within("login", cmd), nil }}
}

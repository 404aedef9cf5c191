package acceptance

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/project"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// leaves leaves all that a program can leave behind, and tells what others have left.
const leaves = `#include <bpf/bpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#define FILES "/tmp/left", "/run/left", "./left", "/sys/fs/bpf/left"
int main(void)
{
	static const char *const files[] = { FILES };
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "left", 4, 4, 1, NULL), i;

	for (i = 0; i < 4; i++)
		printf("%s", access(files[i], F_OK) ? "free " : "left ");
	printf("\nloopback %d, device %d\n", if_nametoindex("lo") == 1, if_nametoindex("rex0") != 0);
	for (i = 0; i < 3; i++)
		close(open(files[i], O_CREAT | O_WRONLY, 0600));
	if (map < 0 || bpf_obj_pin(map, files[3]))
		perror("pin");
	dprintf(open("/sys/kernel/tracing/trace_marker", O_WRONLY), "marked\n");
	dprintf(open("/dev/kmsg", O_WRONLY), "noted\n");
	fflush(stdout);
	if (!fork()) {
		setsid();
		for (;;)
			pause();
	}
	return 0;
}
`

// Jobs of one machine find it as the first one does, and what one leaves behind is not taken for another's.
func TestJobsDoNotMeet(t *testing.T) {
	result(t, "kernel")
	result(t, "agent")
	m, err := rex.Machine(t.Context(), "series", vm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	source, share := t.TempDir(), t.TempDir()
	put(t, filepath.Join(source, "leaves.c"), leaves)
	library := result(t, "libbpf")
	if err := withTools(t, command.Cmd{Path: "gcc", Args: []string{
		"-w", "-static", "-I" + filepath.Join(library, "include"), "-o", filepath.Join(share, "leaves"), filepath.Join(source, "leaves.c"), "-L" + filepath.Join(library, "lib"), "-lbpf", "-lelf", "-lz", "-lzstd",
	}}, source, share).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	machine := m.Standby(t.Context(), filepath.Dir(share))
	defer machine.Close()
	line := func(stream, match string) vm.Expectation {
		return vm.Expectation{Stream: stream, Match: regexp.MustCompile(match), Times: 1}
	}
	for range 3 {
		job := guest.Job{
			Dir: "/sample", Loader: guest.Program{Path: "./leaves"}, Timeout: time.Minute,
			Veths: []guest.Veth{{Name: "rex0", Address: "10.0.0.1/24", Namespace: "left", Peer: "10.0.0.2/24"}},
		}
		r, err := machine.Run(t.Context(), []string{share}, job, []vm.Expectation{
			line(guest.Loader, "^(free ){4}$"), line(guest.Loader, "^loopback 1, device 1$"), line(guest.Trace, "marked"), line(guest.KernelLog, "^noted$"),
		}, nil)
		if err != nil || r.Verdict != vm.Passed {
			t.Fatalf("%v, %s: %s\n%s", err, r.Verdict, r.Reason, strings.Join(r.Evidence, "\n"))
		}
		marked, noted := 0, 0
		for _, e := range r.Lines {
			if strings.Contains(e.Line, "marked") {
				marked++
			}
			if e.Line == "noted" {
				noted++
			}
		}
		if marked != 1 || noted != 1 {
			t.Errorf("%d marks in the trace, %d lines in the log; want one of each, as others are of other jobs", marked, noted)
		}
	}
}

// Of several samples in one machine the one that kills the kernel, or hangs, is blamed; the others run in another machine.
func TestBlame(t *testing.T) {
	result(t, "sample-hello")
	root := t.TempDir()
	sample := func(name, trigger string) string {
		dir := filepath.Join(root, name)
		if err := os.CopyFS(dir, os.DirFS("../../samples/hello")); err != nil {
			t.Fatal(err)
		}
		replaceIn(t, filepath.Join(dir, "sample.toml"), `(?m)^timeout = .*`, `timeout = "20s"`)
		if err := os.RemoveAll(filepath.Join(dir, "ebpf")); err != nil {
			t.Fatal(err)
		}
		if trigger != "" {
			put(t, filepath.Join(dir, "trigger.c"), "#include <fcntl.h>\n#include <unistd.h>\nint main(void)\n{\n"+trigger+"\n\treturn 0;\n}\n")
		}
		return dir
	}
	dirs := []string{
		sample("first", ""), sample("kills", "\twrite(open(\"/proc/sysrq-trigger\", O_WRONLY), \"c\", 1);"), sample("second", ""),
		sample("hangs", "\tfor (;;)\n\t\tpause();"), sample("silent", ""), sample("third", ""),
	}
	replaceIn(t, filepath.Join(dirs[4], "sample.toml"), `Rust triggered`, "Nobody triggered")
	junit := filepath.Join(root, "junit.xml")
	t.Setenv("REX_TEST_AGAIN", "1")
	var out strings.Builder
	err := rex.TestSamples(t.Context(), project.SamplesWish{Names: dirs, CPUs: "2", JUnit: junit}, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "3 of 6 runs did not pass") {
		t.Errorf("got %v; want that 3 of 6 have not passed\n%s", err, out.String())
	}
	text, err := os.ReadFile(junit)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Cases []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Details string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{
		"kills": {"kernel panic: ", "sysrq triggered crash"}, "hangs": {"timed out: ", ""}, "silent": {"", "got: "}, "first": {}, "second": {}, "third": {},
	}
	for _, c := range report.Cases {
		name, _, _ := strings.Cut(c.Name, "-") // and the path's digest
		w := want[name]
		switch {
		case w == [2]string{} && c.Failure != nil:
			t.Errorf("%s: %s\n%s", c.Name, c.Failure.Message, c.Failure.Details)
		case w != [2]string{} && (c.Failure == nil || !strings.HasPrefix(c.Failure.Message, w[0]) || !strings.Contains(c.Failure.Details, w[1])):
			t.Errorf("%s: got %+v; want %q", c.Name, c.Failure, w)
		}
		delete(want, name)
	}
	if len(want) != 0 {
		t.Errorf("not in the report: %v", want)
	}
}

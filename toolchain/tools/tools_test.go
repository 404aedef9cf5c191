package tools

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/digest"
	"rex/toolchain/pin"
)

var sum = strings.Repeat("ab", 32)

func TestTheProjectsOwnFiles(t *testing.T) {
	if _, err := LoadConfig("../../configs/tools.toml"); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile("../../configs/tools.lock")
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseLock(text)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(l.Format(), text) {
		t.Error("the lock is not as it would be written")
	}
	if l.Tree == "" || l.Snapshot == "" {
		t.Error("the lock lacks the tree's digest or the snapshot's time")
	}
}

func TestParseLockRefuses(t *testing.T) {
	good := sum + " 10 pool/main/a/a_1_amd64.deb\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":        {"tree " + sum + "\n", "names no package"},
		"an odd line":    {"hello\n", "line 1"},
		"a short digest": {"abc 10 pool/main/a/a_1_amd64.deb\n", "line 1"},
		"no size":        {sum + " 0 pool/main/a/a_1_amd64.deb\n", "size"},
		"a way out":      {sum + " 10 pool/../../etc/a.deb\n", "no path"},
		"an address":     {sum + " 10 http://a/b.deb\n", "no path"},
		"twice":          {good + good, "line 2"},
		"not sorted":     {sum + " 10 pool/main/b/b_1_amd64.deb\n" + good, "not sorted"},
		"an odd time":    {"snapshot yesterday\n" + good, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseLock([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want an error with %q", err, c.want)
			}
		})
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte("# x\ntree " + sum + "\nsnapshot 20261127T000000Z\n" + sum + " 10 pool/main/a/a_1_amd64.deb\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseLock(text)
		if err != nil {
			return
		}
		again, err := ParseLock(l.Format())
		if err != nil || !slices.Equal(again.Packages, l.Packages) || again.Tree != l.Tree {
			t.Fatalf("written and read again it is %+v, %v; was %+v", again, err, l)
		}
	})
}

func TestParseConfigRefuses(t *testing.T) {
	const head = "path = [\"/usr/bin\"]\n"
	for name, c := range map[string]struct{ text, want string }{
		"an unknown field": {head + "packages = []\n", "packages"},
		"no suite":         {head, "[[suite]]"},
		"a relative path":  {"path = [\"bin\"]\n[[suite]]\nname = \"x\"\n", "not absolute"},
		"a link outside":   {head + "[[suite]]\nname = \"x\"\n[links]\n\"../x\" = \"y\"\n", "no path below"},
		"bad syntax":       {"path = [\n", "line"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseConfig([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want an error with %q", err, c.want)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	file := func(name string) pin.File { return pin.File{Path: "pool/main/x/" + name} }
	before := &Lock{Packages: []pin.File{file("a_1_amd64.deb"), file("b_1_amd64.deb"), file("c_1_all.deb")}}
	after := &Lock{Packages: []pin.File{file("a_1_amd64.deb"), file("b_2_amd64.deb"), file("d_1_amd64.deb")}}
	want := []string{"~ b 1 -> 2", "- c 1", "+ d 1"}
	if got := before.Changes(after); !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestParseURIs(t *testing.T) {
	line := "'http://m.example/debian/pool/main/g/glibc/libc6_2.41-12%2bdeb13u5_amd64.deb' libc6_2.41-12+deb13u5_amd64.deb 2850108 SHA256:" + sum + "\n"
	files, err := parseURIs([]byte(line), "http://m.example/debian/")
	if err != nil || len(files) != 1 || files[0].Path != "pool/main/g/glibc/libc6_2.41-12+deb13u5_amd64.deb" || files[0].Size != 2850108 || files[0].SHA256 != sum {
		t.Errorf("got %+v, %v", files, err)
	}
	for _, text := range []string{"", "nonsense\n", strings.Replace(line, "SHA256", "MD5Sum", 1), strings.Replace(line, "m.example", "other.example", 1)} {
		if _, err := parseURIs([]byte(text), "http://m.example/debian"); err == nil {
			t.Errorf("%q was not refused", text)
		}
	}
}

// deb writes a Debian package that holds the entries, and returns its path.
func deb(t *testing.T, name string, entries ...tar.Header) string {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for _, h := range entries {
		content := []byte(h.Name)
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	text := fmt.Sprintf("!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10d`\n", "data.tar", "0", "0", "0", "100644", data.Len()) + data.String()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestUnpack(t *testing.T) {
	a := deb(t, "a.deb", tar.Header{Name: "./usr/bin/su", Typeflag: tar.TypeReg, Mode: 0o4755},
		tar.Header{Name: "./usr/share/doc/a/README", Typeflag: tar.TypeReg, Mode: 0o644},
		tar.Header{Name: "./usr/lib/ssl/certs", Typeflag: tar.TypeSymlink, Linkname: "/etc/ssl/certs"})
	b := deb(t, "b.deb", tar.Header{Name: "./usr/bin/b", Typeflag: tar.TypeReg, Mode: 0o755})
	c := &Config{LeaveOut: []string{"usr/share/doc"}, Links: map[string]string{"usr/bin/sh": "b"}}
	l := &Lock{Packages: []pin.File{{Path: "a.deb"}, {Path: "b.deb", Size: 9}}}
	var sums []string
	for range 2 {
		dir := t.TempDir()
		if err := Unpack(t.Context(), c, l, []string{a, b}, dir); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, "usr/bin/su")); err != nil || info.Mode() != 0o755 {
			t.Errorf("su: %v, %v; want it plain", info.Mode(), err)
		}
		if _, err := os.Stat(filepath.Join(dir, "usr/share/doc/a")); err == nil {
			t.Error("what is to be left out is there")
		}
		for link, want := range map[string]string{"usr/bin/sh": "b", "usr/lib/ssl/certs": "../../../etc/ssl/certs"} {
			if got, err := os.Readlink(filepath.Join(dir, link)); got != want {
				t.Errorf("%s: got %q, %v; want %q", link, got, err, want)
			}
		}
		sum, err := digest.Tree(t.Context(), dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Error("the same packages made two trees")
	}
	again := &Lock{Packages: []pin.File{{Path: "a.deb"}, {Path: "c.deb"}}}
	if err := Unpack(t.Context(), c, again, []string{a, a}, t.TempDir()); err == nil || !strings.Contains(err.Error(), "another package") {
		t.Errorf("got %v; want an error, as two packages bring one file", err)
	}
	out := deb(t, "out.deb", tar.Header{Name: "../x", Typeflag: tar.TypeReg, Mode: 0o644})
	if err := Unpack(t.Context(), c, &Lock{Packages: l.Packages[:1]}, []string{out}, t.TempDir()); err == nil {
		t.Error("a package that writes outside of the tree was not refused")
	}
}

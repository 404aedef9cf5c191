package image

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	godigest "github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content/oci"

	"rex/toolchain/digest"
)

// tree makes files that are the same each time, but for their times and what their owner may do.
func tree(t *testing.T, when time.Time, mode fs.FileMode) string {
	t.Helper()
	dir := t.TempDir()
	for name, perm := range map[string]fs.FileMode{"bin/tool": 0o700 | mode, "share/text": 0o600 | mode&^0o111} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(name+"\n"), perm); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("tool", filepath.Join(dir, "bin/alias")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrite(t *testing.T) {
	write := func(dir string) string {
		t.Helper()
		out := t.TempDir()
		i := &Image{
			Layers: [][]Tree{{{Inside: "tmp", Mode: fs.ModeSticky | 0o777}, {Inside: "bin", Link: "usr/bin"}, {Host: dir, Inside: "usr"}}, {{Host: filepath.Join(dir, "share/text"), Inside: "etc/text"}}},
			Env:    []string{"PATH=/usr/bin"}, Dir: "/work",
		}
		for range 2 { // the second adds nothing
			if err := i.Write(t.Context(), out, "tools"); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	one := write(tree(t, time.Now(), 0))
	other := write(tree(t, time.Unix(1e9, 0), 0o055))
	a, err := digest.Tree(t.Context(), one, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := digest.Tree(t.Context(), other, nil); a != b {
		t.Errorf("the same trees make two images: %v", err)
	}

	store, err := oci.New(one)
	if err != nil {
		t.Fatal(err)
	}
	read := func(d v1.Descriptor, into any) {
		t.Helper()
		r, err := store.Fetch(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := json.NewDecoder(r).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	root, err := store.Resolve(t.Context(), "tools")
	if err != nil {
		t.Fatal(err)
	}
	var manifest v1.Manifest
	var config v1.Image
	read(root, &manifest)
	read(manifest.Config, &config)
	if config.Config.WorkingDir != "/work" || !slices.Equal(config.Config.Env, []string{"PATH=/usr/bin"}) {
		t.Errorf("the config is %+v", config.Config)
	}
	var got []string
	for n, layer := range manifest.Layers {
		r, err := store.Fetch(t.Context(), layer)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		if sum := godigest.FromBytes(plain); sum != config.RootFS.DiffIDs[n] {
			t.Errorf("layer %d is %s, the config says %s", n, sum, config.RootFS.DiffIDs[n])
		}
		archive := tar.NewReader(strings.NewReader(string(plain)))
		for {
			h, err := archive.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %c %04o %s %s", n, h.Typeflag, h.Mode, h.Name, h.Linkname)))
		}
	}
	want := []string{
		"0 5 1777 tmp/", "0 2 0777 bin usr/bin", "0 5 0755 usr/", "0 5 0755 usr/bin/", "0 2 0777 usr/bin/alias tool", "0 0 0755 usr/bin/tool",
		"0 5 0755 usr/share/", "0 0 0644 usr/share/text", "1 0 0644 etc/text",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the layers have\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

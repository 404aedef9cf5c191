package acceptance

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"rex/toolchain/project"
	"rex/toolchain/rustc"
	"rex/toolchain/vm"
)

// TestCratesOfOthers has an extension use crates that were not written for Rex, as they are on crates.io: brought from a registry, checked
// from their source, and run.
func TestCratesOfOthers(t *testing.T) {
	result(t, "sample-hello")
	p := checkoutWith(t, t.TempDir(), "crates of others")
	dir := filepath.Join(t.TempDir(), "crates")
	if err := os.CopyFS(dir, os.DirFS("testdata/crates")); err != nil {
		t.Fatal(err)
	}
	_, err := p.RunSample(t.Context(), dir, project.Wish{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "`mage vendor`") {
		t.Errorf("before the crates are there: %v; want that it says how to bring them", err)
	}
	home := t.TempDir()
	t.Setenv("CARGO_HOME", home)
	config := fmt.Sprintf("[source.crates-io]\nreplace-with = \"here\"\n\n[source.here]\nregistry = \"sparse+%s/\"\n", registry(t))
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Vendor(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	brought, _ := filepath.Glob(filepath.Join(dir, "vendor/*"))
	for _, name := range []string{"bitflags", "tinyvec", "static_assertions", "hex", "rustc-hash", "fnv"} {
		if !slices.ContainsFunc(brought, func(path string) bool { return rustc.CrateName(filepath.Base(path)) == name }) {
			t.Errorf("brought were %q; want %s too", brought, name)
		}
	}
	if slices.ContainsFunc(brought, func(path string) bool {
		return slices.Contains([]string{"syn", "cfg-if", "adler2"}, rustc.CrateName(filepath.Base(path)))
	}) {
		t.Errorf("brought were %q, and the toolchain has syn, cfg-if and adler2", brought)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".vendor-*")); left != nil {
		t.Errorf("%q were left behind", left)
	}
	var out strings.Builder
	r, err := p.RunSample(t.Context(), dir, project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
	}
	// One with `unsafe` inside is refused, at its line.
	appendTo(t, filepath.Join(dir, "Cargo.toml"), "\n[dependencies.siphasher]\nversion = \"1\"\ndefault-features = false\n")
	if err := p.Vendor(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	_, err = p.RunSample(t.Context(), dir, project.Wish{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "an `unsafe` block is not available to kernel extensions") || !strings.Contains(err.Error(), "siphasher-1.0.1/src/sip.rs:") {
		t.Errorf("got %v; want that it names the unsafe block", err)
	}
}

// registry serves the crates that rustc's source brings, as crates.io does (https://doc.rust-lang.org/cargo/reference/registry-index.html).
func registry(t *testing.T) string {
	t.Helper()
	vendor := filepath.Join(result(t, "rustc-source"), "vendor")
	all, err := os.ReadDir(vendor)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/config.json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"dl": "%s/dl"}`, server.URL) })
	mux.HandleFunc("/dl/{name}/{version}/download", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(packCrate(t, vendor, r.PathValue("name")+"-"+r.PathValue("version")))
	})
	mux.HandleFunc("/{a}/{b}/{name}", func(w http.ResponseWriter, r *http.Request) {
		found := false
		for _, e := range all {
			if rustc.CrateName(e.Name()) != r.PathValue("name") {
				continue
			}
			found = true
			var manifest struct {
				Package  struct{ Version string }
				Features map[string]any
			}
			text, err := os.ReadFile(filepath.Join(vendor, e.Name(), "Cargo.toml"))
			if err == nil {
				err = toml.Unmarshal(text, &manifest)
			}
			if err != nil {
				t.Error(err)
			}
			features := map[string][]string{}
			for name := range manifest.Features {
				features[name] = []string{}
			}
			sum := sha256.Sum256(packCrate(t, vendor, e.Name()))
			_ = json.NewEncoder(w).Encode(map[string]any{
				"name": r.PathValue("name"), "vers": manifest.Package.Version, "deps": []string{}, "features": features, "cksum": hex.EncodeToString(sum[:]), "yanked": false,
			})
		}
		if !found {
			http.NotFound(w, r)
		}
	})
	return server.URL
}

// packCrate packs a folder of vendored source as `cargo package` does.
func packCrate(t *testing.T, vendor, name string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err := filepath.WalkDir(filepath.Join(vendor, name), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".cargo-checksum.json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(vendor, path)
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: rel, Mode: 0o644, Size: int64(len(text))})
		}
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	for _, err := range []error{err, w.Close(), z.Close()} {
		if err != nil {
			t.Error(err)
		}
	}
	return b.Bytes()
}

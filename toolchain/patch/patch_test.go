package patch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const good = `From: A
Subject: [PATCH] change two

diff --git a/d/f b/d/f
index 0000001..0000002 100644

--- a/d/f
+++ b/d/f
@@ -1,3 +1,3 @@
 one
-two
+2
 three
--
2.39
`

func setUp(t *testing.T, content, patch string) (tree, dir string) {
	t.Helper()
	tree, dir = t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(tree, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(tree, "d/f"): content, filepath.Join(dir, "series"): "# ours\n0001-x.patch -p1 # why\n", filepath.Join(dir, "0001-x.patch"): patch,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return tree, dir
}

func TestApply(t *testing.T) {
	tree, dir := setUp(t, "one\ntwo\nthree\n", good)
	if err := Apply(t.Context(), tree, dir); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(tree, "d/f")); string(b) != "one\n2\nthree\n" {
		t.Errorf("got %q", b)
	}
}

func TestApplyNamesPatchFileAndHunk(t *testing.T) {
	for name, content := range map[string]string{"changed": "one\ntwo!\nthree\n", "needs fuzz": "0ne\ntwo\nthree\n", "applied already": "one\n2\nthree\n"} {
		t.Run(name, func(t *testing.T) {
			tree, dir := setUp(t, content, good)
			err := Apply(t.Context(), tree, dir)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v; want an *Error", err)
			}
			hunk := "Hunk #1"
			if name == "applied already" {
				hunk = "previously applied"
			}
			for _, want := range []string{"0001-x.patch", "d/f", hunk} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

// Two files, two hunks that fail: both are named and shown.
func TestApplyShowsRejects(t *testing.T) {
	two := good[:strings.Index(good, "--\n2.39")]
	two += "diff --git a/d/g b/d/g\n" + strings.ReplaceAll(two[strings.Index(two, "--- a/d/f"):], "d/f", "d/g")
	tree, dir := setUp(t, "one\ntwo!\nthree\n", two)
	if err := os.WriteFile(filepath.Join(tree, "d/g"), []byte("one\nzwei\nthree\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := Apply(t.Context(), tree, dir)
	if err == nil {
		t.Fatal("it was applied")
	}
	for _, want := range []string{"d/f: Hunk #1 FAILED", "d/g: Hunk #1 FAILED", "--- d/f", "--- d/g", "-two", "+2"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(tree, "d/*.rej")); len(left) > 0 {
		t.Errorf("left in the tree: %v", left)
	}
}

// What git's patches can do beside changing lines.
func TestApplyNewFilesModesAndRenames(t *testing.T) {
	tree, dir := setUp(t, "one\ntwo\nthree\n", `diff --git a/run.sh b/run.sh
new file mode 100755
index 0000000..1111111
--- /dev/null
+++ b/run.sh
@@ -0,0 +1 @@
+#!/bin/sh
diff --git a/d/f b/e/f
similarity index 80%
rename from d/f
rename to e/f
index 0000001..0000002 100644
--- a/d/f
+++ b/e/f
@@ -1,3 +1,3 @@
 one
-two
+2
 three
`)
	if err := Apply(t.Context(), tree, dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(tree, "run.sh")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("run.sh: %v, %v; want it executable", info, err)
	}
	if b, _ := os.ReadFile(filepath.Join(tree, "e/f")); string(b) != "one\n2\nthree\n" {
		t.Errorf("e/f holds %q", b)
	}
}

func TestApplyStaysWithin(t *testing.T) {
	tree, dir := setUp(t, "one\ntwo\nthree\n", strings.ReplaceAll(good, "d/f", "../../evil"))
	if err := Apply(t.Context(), tree, dir); err == nil {
		t.Error("a patch outside of the tree was applied")
	}
}

func TestSeriesNamesAMissingPatch(t *testing.T) {
	tree, dir := setUp(t, "one\n", good)
	if err := os.Remove(filepath.Join(dir, "0001-x.patch")); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), tree, dir); err == nil || !strings.Contains(err.Error(), "0001-x.patch") {
		t.Errorf("got %v; want an error that names the patch", err)
	}
}

func TestApplyMissingFile(t *testing.T) {
	tree, dir := setUp(t, "one\n", strings.ReplaceAll(good, "d/f", "d/g"))
	if err := Apply(t.Context(), tree, dir); err == nil || !strings.Contains(err.Error(), "0001-x.patch") {
		t.Errorf("got %v; want an error of the patch", err)
	}
}

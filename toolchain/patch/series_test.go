package patch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What patch(1) or quilt would take in silence.
func TestApplyRefuses(t *testing.T) {
	const base = "one\ntwo\nthree\n"
	outside := t.TempDir()
	for name, c := range map[string]struct{ series, patch, want string }{
		"option":            {"\n0001-x.patch -R\n", good, "line 2: option -R"},
		"other strip":       {"0001-x.patch -p0\n", good, "line 1: option -p0"},
		"twice":             {"0001-x.patch\n# again\n0001-x.patch\n", good, "line 3: 0001-x.patch is named a second time"},
		"byte order mark":   {"\ufeff0001-x.patch\n", good, `line 1: "\ufeff0001-x.patch"`},
		"folder":            {"..\n", good, "line 1: .. is no file"},
		"absolute":          {"/etc/passwd\n", good, "line 1: /etc/passwd is no file"},
		"missing":           {"# first\n0002-y.patch\n", good, "line 2: there is no 0002-y.patch"},
		"absolute name":     {"0001-x.patch\n", "--- /dev/null\n+++ /deep/evil\n@@ -0,0 +1 @@\n+x\n", `"/deep/evil", which is outside`},
		"empty":             {"0001-x.patch\n", "", "no unified diff"},
		"text":              {"0001-x.patch\n", "From: a\nSubject: nothing\n\nhello\n", "no unified diff"},
		"ed script":         {"0001-x.patch\n", "--- a/d/f\n+++ b/d/f\n2c\nX\n.\nw\nq\n", "no unified diff"},
		"context diff":      {"0001-x.patch\n", "*** a/d/f\n--- b/d/f\n***************\n*** 2 ****\n! two\n--- 2 ----\n! 2\n", "no unified diff"},
		"lines are missing": {"0001-x.patch\n", good[:strings.Index(good, " three")], "line 10: fragment header miscounts"},
		"absurd count":      {"0001-x.patch\n", "--- a/d/f\n+++ b/d/f\n@@ -1,9999999999 +1,3 @@\n one\n", "fragment header miscounts"},
		"outside":           {"0001-x.patch\n", strings.ReplaceAll(good, "d/f", "../../evil"), "outside of the tree"},
		"new file outside":  {"0001-x.patch\n", "--- /dev/null\n+++ b/../evil\n@@ -0,0 +1 @@\n+x\n", `"b/../evil", which is outside`},
		"new file anywhere": {"0001-x.patch\n", "--- /dev/null\n+++ " + outside + "/evil\n@@ -0,0 +1 @@\n+x\n", "outside of the tree"},
		"renamed outside":   {"0001-x.patch\n", "diff --git a/d/f b/../f\nsimilarity index 100%\nrename from d/f\nrename to ../f\n", `"../f", which is outside`},
		"through a link":    {"0001-x.patch\n", "--- /dev/null\n+++ b/link/evil\n@@ -0,0 +1 @@\n+x\n", "link/evil"},
		"ends of DOS":       {"0001-x.patch\n", strings.ReplaceAll(good, "\n", "\r\n"), "0001-x.patch"},
		"binary":            {"0001-x.patch\n", "diff --git a/d/f b/d/f\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZQzWMT#Y0AB!v\n\n", "0001-x.patch"},
	} {
		t.Run(name, func(t *testing.T) {
			tree, dir := setUp(t, base, c.patch)
			if err := os.Symlink(outside, filepath.Join(tree, "link")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "series"), []byte(c.series), 0o644); err != nil {
				t.Fatal(err)
			}
			err := Apply(t.Context(), tree, dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want %q in it", err, c.want)
			}
			if b, err := os.ReadFile(filepath.Join(tree, "d/f")); err != nil || string(b) != base {
				t.Errorf("the file is %q, %v", b, err)
			}
			if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
				t.Errorf("outside of the tree: %v, %v", left, err)
			}
		})
	}
}

func TestSeriesTakesWhatQuiltDoes(t *testing.T) {
	tree, dir := setUp(t, "one\ntwo\nthree\n", good)
	if err := os.WriteFile(filepath.Join(dir, "series"), []byte("# ours\r\n\r\n0001-x.patch -p1 # why\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), tree, dir); err != nil {
		t.Fatal(err)
	}
}

// What stands around the diffs is text, whatever it looks like.
func TestApplyTakesUnifiedDiffsAlone(t *testing.T) {
	for name, text := range map[string]string{
		"ed script":    "--- a/d/f\n+++ b/d/f\n2c\nX\n.\nw\nq\n",
		"deletion":     "2d\n",
		"context diff": "*** a/d/f\n--- b/d/f\n***************\n*** 1,3 ****\n! one\n  2\n  three\n--- 1,3 ----\n! X\n  2\n  three\n",
		"normal diff":  "Index: d/f\n1c1\n< one\n---\n> X\n",
		"prose":        "2a\nis what ed(1) would take for a command.\n.\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, whole := range []string{text + good, good + text} {
				tree, dir := setUp(t, "one\ntwo\nthree\n", whole)
				if err := Apply(t.Context(), tree, dir); err != nil {
					t.Error(err)
				}
				if b, err := os.ReadFile(filepath.Join(tree, "d/f")); err != nil || string(b) != "one\n2\nthree\n" {
					t.Errorf("the file is %q, %v", b, err)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n")
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "x.patch")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		kept, err := read(file)
		if err != nil {
			return
		}
		again := diffs(kept)
		if string(again) != string(kept) {
			t.Errorf("%q becomes %q", kept, again)
		}
	})
}

package report

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestJUnit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "junit.xml")
	err := JUnit(path, "kernel", []Case{{Name: "a & b", Took: 1500 * time.Millisecond}, {Name: "c", Failure: "4 < 5"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="kernel" tests="2" failures="1">
  <testcase name="a &amp; b" classname="kernel" time="1.5"></testcase>
  <testcase name="c" classname="kernel" time="0">
    <failure message="4 &lt; 5"></failure>
  </testcase>
</testsuite>
`
	if string(got) != want {
		t.Errorf("wrote\n%s\nwant\n%s", got, want)
	}
}

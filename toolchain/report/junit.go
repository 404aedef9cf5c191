package report

import (
	"encoding/xml"
	"os"
	"time"
)

// Case is one test that was run.
type Case struct {
	Name    string
	Took    time.Duration
	Failure string // one sentence; empty: it passed
	Details string // lines that show it
	Output  string // of one that has passed, too
}

// JUnit writes cases as JUnit XML, as CI systems read it (llg.cubic.org/docs/junit).
func JUnit(path, suite string, cases []Case) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Details string `xml:",chardata"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Time    float64  `xml:"time,attr"` // seconds
		Failure *failure `xml:"failure"`
		Output  string   `xml:"system-out,omitempty"`
	}
	doc := struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []testcase `xml:"testcase"`
	}{Name: suite, Tests: len(cases)}
	for _, c := range cases {
		t := testcase{Name: c.Name, Class: suite, Time: c.Took.Seconds(), Output: c.Output}
		if c.Failure != "" {
			t.Failure = &failure{c.Failure, c.Details}
			doc.Failures++
		}
		doc.Cases = append(doc.Cases, t)
	}
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(xml.Header), append(text, '\n')...), 0o644)
}

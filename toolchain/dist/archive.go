package dist

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/command"
)

// ArchiveName is what the archive of all packages' files is called.
func ArchiveName(r Release) string { return "rex-" + r.Version + "-amd64.tar.zst" }

// Sums is the list of digests beside packages and archive, as sha256sum(1) writes it.
const Sums = "SHA256SUMS"

// Archive writes to out one archive of the files of packages, to be unpacked at the root of a system without dpkg; scratch is an empty folder
// that it may use.
func Archive(ctx context.Context, r Release, packages []string, scratch, out, log string, output io.Writer) error {
	for _, file := range packages {
		if err := (&command.Cmd{Path: "dpkg-deb", Args: []string{"--extract", file, scratch}, Log: log, Stdout: output, Stderr: output}).Run(ctx); err != nil {
			return err
		}
	}
	return (&command.Cmd{
		Path: "tar", Args: []string{
			"--create", "--file=" + filepath.Join(out, ArchiveName(r)), "--use-compress-program=zstd -10 -T1 --quiet", "--directory=" + scratch, "--format=gnu",
			"--sort=name", "--owner=0", "--group=0", "--numeric-owner", fmt.Sprintf("--mtime=@%d", r.Epoch), "--transform=s,^\\./,,S", ".",
		}, Env: []string{"LC_ALL=C"}, Log: log, Stdout: output, Stderr: output,
	}).Run(ctx)
}

// WriteSums writes the digests of what is in the folder.
func WriteSums(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var lines []string
	for _, e := range entries {
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", h.Sum(nil), e.Name()))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return os.WriteFile(filepath.Join(dir, Sums), []byte(strings.Join(lines, "")), 0o644)
}

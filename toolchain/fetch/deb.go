package fetch

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// debData finds the files of a Debian package (deb(5): an ar archive with a member data.tar.*) and returns
// that member and its name.
func debData(r io.Reader) (io.Reader, string, error) {
	magic := make([]byte, 8)
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "!<arch>\n" {
		return nil, "", errors.New("not a Debian package")
	}
	for {
		header := make([]byte, 60)
		if _, err := io.ReadFull(r, header); err != nil {
			return nil, "", errors.New("the Debian package has no data.tar")
		}
		if string(header[58:]) != "`\n" {
			return nil, "", errors.New("bad member header in the Debian package")
		}
		name := strings.TrimRight(strings.TrimSpace(string(header[:16])), "/")
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[48:58])), 10, 64)
		if err != nil || size < 0 {
			return nil, "", fmt.Errorf("bad size of member %q in the Debian package", name)
		}
		if strings.HasPrefix(name, "data.tar") {
			return io.LimitReader(r, size), name, nil
		}
		// Members are padded to even offsets.
		if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
			return nil, "", fmt.Errorf("member %q of the Debian package is cut off", name)
		}
	}
}

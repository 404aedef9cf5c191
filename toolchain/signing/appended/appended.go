// Package appended finds the signature behind the content of a file, as modules of the kernel have it.
package appended

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Marker ends a signed file.
const Marker = "~Module signature appended~\n"

// maxSignature bounds a signature, in bytes.
const maxSignature = 64 << 10

// pkcs7Type is PKEY_ID_PKCS7 of the kernel, the one type of signature that modules have.
const pkcs7Type = 2

// Split divides a file into its content and the signature appended to it: PKCS#7, or nil for a file that is not signed.
func Split(b []byte) (content, signature []byte, err error) {
	rest, signed := bytes.CutSuffix(b, []byte(Marker))
	if !signed {
		return b, nil, nil
	}
	// struct module_signature
	const size = 12
	if len(rest) < size {
		return nil, nil, errors.New("signature: nothing stands before the marker")
	}
	rest, head := rest[:len(rest)-size], rest[len(rest)-size:]
	length := binary.BigEndian.Uint32(head[8:])
	if head[2] != pkcs7Type || !bytes.Equal(head[:2], []byte{0, 0}) || !bytes.Equal(head[3:8], make([]byte, 5)) {
		return nil, nil, fmt.Errorf("signature: the header % x is not that of PKCS#7", head)
	}
	if length == 0 || length > maxSignature || uint64(length) > uint64(len(rest)) {
		return nil, nil, fmt.Errorf("signature: it has %d bytes; the file has %d, and %d are the most", length, len(rest), maxSignature)
	}
	at := len(rest) - int(length)
	return rest[:at], rest[at:], nil
}

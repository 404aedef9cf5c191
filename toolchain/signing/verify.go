package signing

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/smallstep/pkcs7"
)

// ErrUnknownKey is returned for a signature by another key than the one at hand.
var ErrUnknownKey = errors.New("signed with another key")

// maxSignature bounds a signature, in bytes.
const maxSignature = 64 << 10

// pkcs7Type is PKEY_ID_PKCS7 of the kernel, the one type of signature that modules have.
const pkcs7Type = 2

// Split divides a file into its content and the signature appended to it: PKCS#7, or nil for a file that is not signed.
func Split(b []byte) (content, signature []byte, err error) {
	rest, signed := bytes.CutSuffix(b, marker)
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

// Verify checks a signature of content against a certificate. The name is that of the signer as the signature has it.
func Verify(content, signature []byte, certificate *x509.Certificate) (signer string, err error) {
	p, err := pkcs7.Parse(signature)
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	if len(p.Signers) != 1 {
		return "", fmt.Errorf("signature: it has %d signers, and must have one", len(p.Signers))
	}
	if len(p.Content) != 0 {
		return "", errors.New("signature: it brings content of its own")
	}
	if len(p.Signers[0].AuthenticatedAttributes) != 0 {
		return "", errors.New("signature: it has attributes, which the kernel does not take")
	}
	id := p.Signers[0].IssuerAndSerialNumber
	signer = fmt.Sprintf("certificate %x", id.SerialNumber)
	if certificate == nil || certificate.SerialNumber.Cmp(id.SerialNumber) != 0 || !bytes.Equal(certificate.RawIssuer, id.IssuerName.FullBytes) {
		return signer, ErrUnknownKey
	}
	signer = certificate.Subject.CommonName
	p.Content, p.Certificates = content, []*x509.Certificate{certificate}
	if err := p.Verify(); err != nil {
		return signer, fmt.Errorf("signature: %w", err)
	}
	return signer, nil
}

// ReadCertificate reads a certificate from a PEM file.
func ReadCertificate(path string) (*x509.Certificate, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return x509.ParseCertificate(block.Bytes)
}

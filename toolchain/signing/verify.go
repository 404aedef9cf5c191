package signing

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/smallstep/pkcs7"
)

// ErrUnknownKey is returned for a signature by another key than the one at hand.
var ErrUnknownKey = errors.New("signed with another key")

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

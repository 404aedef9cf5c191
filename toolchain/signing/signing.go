// Package signing keeps the key that extensions are signed with, and signs them. A signature
// is what Linux puts behind modules: PKCS#7 over the file's content, appended
// (Documentation/admin-guide/module-signing.rst of the kernel).
package signing

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/signing/appended"
)

// bits of an RSA key.
const bits = 3072

// Key is a private key and the certificate that a kernel gets to know it by.
type Key struct {
	Private     string // PEM file, readable by its owner alone
	Certificate string // PEM file, X.509
}

// Open returns the key kept in dir, and makes one where there is none.
func Open(dir string) (*Key, error) {
	k := &Key{Private: filepath.Join(dir, "private.pem"), Certificate: filepath.Join(dir, "certificate.pem")}
	if err := k.check(); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	private, certificate, err := generate(time.Now())
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	// Both files appear at once; of two processes the first one wins.
	draft, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(draft)
	if err := errors.Join(
		os.WriteFile(filepath.Join(draft, "private.pem"), private, 0o600),
		os.WriteFile(filepath.Join(draft, "certificate.pem"), certificate, 0o644),
	); err != nil {
		return nil, err
	}
	if err := os.Rename(draft, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return k, k.check()
}

// check tells whether both files are there and belong together.
func (k *Key) check() error {
	_, errPrivate := os.Stat(k.Private)
	_, errCertificate := os.Stat(k.Certificate)
	if errors.Is(errPrivate, fs.ErrNotExist) && errors.Is(errCertificate, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	if _, err := tls.LoadX509KeyPair(k.Certificate, k.Private); err != nil {
		return fmt.Errorf("signing key %s: %w; remove the folder %s and a new key is made",
			k.Private, err, filepath.Dir(k.Private))
	}
	return nil
}

// generate makes a key and a certificate that it signs itself, both in PEM.
func generate(now time.Time) (private, certificate []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Rex extensions"},
		// Guests have no clock that could be trusted, so the kernel does not look at these.
		NotBefore: now, NotAfter: now.AddDate(100, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), crypto.Signer(key))
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// Sign appends a signature to file; signFile is the kernel's scripts/sign-file. A file that
// is signed already is refused.
func (k *Key) Sign(ctx context.Context, signFile, file, log string, output io.Writer) error {
	signed, err := IsSigned(file)
	if err != nil {
		return err
	}
	if signed {
		return fmt.Errorf("%s has a signature already", file)
	}
	return (&command.Cmd{Path: signFile, Args: []string{"sha256", k.Private, k.Certificate, file}, Log: log, Stdout: output, Stderr: output}).Run(ctx)
}

// IsSigned tells whether a signature, right or wrong, is appended to file.
func IsSigned(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer f.Close()
	end := make([]byte, len(appended.Marker))
	info, err := f.Stat()
	if err != nil || info.Size() < int64(len(end)) {
		return false, err
	}
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return false, err
	}
	return string(end) == appended.Marker, nil
}

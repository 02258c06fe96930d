package transport

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"time"
)

const (
	pemCertificate = "CERTIFICATE"
	uriScheme      = "moniker"
	// serverName is in every node's certificate, so that TLS itself checks the
	// chain; which node it is, the URI tells.
	serverName = "node.moniker"
	maxName    = 64 // of a cluster id and of a common name (RFC 5280, ub-common-name)
)

// Certificates do not expire and their dates are never compared with a clock: a
// node whose clock is years off must still talk to the others, and a cluster
// must not stop on the birthday of its CA. A node is shut out by removal
// (Config.Denied), not by time. 9999-12-31T23:59:59Z is how RFC 5280 (4.1.2.5)
// spells "no well-defined expiration".
func validity() (notBefore, notAfter time.Time) {
	return time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
}

// Authority is a cluster's own CA. Whoever holds it can make members.
type Authority struct {
	clusterID string
	key       ed25519.PrivateKey
	cert      *x509.Certificate
}

// NewAuthority makes the CA of a new cluster from 32 bytes of rand. clusterID is
// 1 to 64 of a-z, A-Z, 0-9, '-', '_'.
func NewAuthority(clusterID string, rand io.Reader) (*Authority, error) {
	if err := checkClusterID(clusterID); err != nil {
		return nil, err
	}
	key, err := newEd25519(rand)
	if err != nil {
		return nil, fmt.Errorf("make a cluster authority: %w", err)
	}
	template := newTemplate(clusterID, key.Public().(ed25519.PublicKey))
	template.URIs = []*url.URL{{Scheme: uriScheme, Host: clusterID}}
	template.IsCA = true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := sign(template, template, key.Public().(ed25519.PublicKey), key)
	if err != nil {
		return nil, fmt.Errorf("make a cluster authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make a cluster authority: %w", err)
	}
	return &Authority{clusterID: clusterID, key: key, cert: cert}, nil
}

// ParseAuthority reads what MarshalPEM wrote, and checks that the key, the
// certificate and the cluster id in it belong together.
func ParseAuthority(text []byte) (*Authority, error) {
	certBlock, rest := pem.Decode(text)
	keyBlock, _ := pem.Decode(rest)
	if certBlock == nil || keyBlock == nil || certBlock.Type != pemCertificate || keyBlock.Type != pemPrivateKey {
		return nil, errors.New("not a cluster authority: it wants two PEM blocks, CERTIFICATE and PRIVATE KEY")
	}
	cert, clusterID, err := parseCA(certBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a cluster authority: %w", err)
	}
	key, err := parseEd25519(keyBlock.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a cluster authority: %w", err)
	}
	if !key.Public().(ed25519.PublicKey).Equal(cert.PublicKey) {
		return nil, errors.New("not a cluster authority: its key and its certificate do not belong together")
	}
	return &Authority{clusterID: clusterID, key: key, cert: cert}, nil
}

// ClusterID is the id of the cluster that it makes members of.
func (a *Authority) ClusterID() string { return a.clusterID }

// Cert is its certificate (DER), which every member holds as Credentials.CA.
func (a *Authority) Cert() []byte { return bytes.Clone(a.cert.Raw) }

// Sign makes a member's certificate (DER) for the holder of nodePub. The name,
// 1 to 64 bytes, is for people who look at the certificate; identity is the key.
// The same input gives the same certificate.
func (a *Authority) Sign(nodePub ed25519.PublicKey, name string) ([]byte, error) {
	if len(nodePub) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("sign for node %q: a public key of %d bytes, want %d", name, len(nodePub), ed25519.PublicKeySize)
	}
	if name == "" || len(name) > maxName {
		return nil, fmt.Errorf("sign for node %q: a name is 1 to %d bytes", name, maxName)
	}
	template := newTemplate(name, nodePub)
	template.DNSNames = []string{serverName}
	template.URIs = []*url.URL{{Scheme: uriScheme, Host: a.clusterID, Path: "/" + NodeID(nodePub)}}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := sign(template, a.cert, nodePub, a.key)
	if err != nil {
		return nil, fmt.Errorf("sign for node %q: %w", name, err)
	}
	return der, nil
}

// MarshalPEM gives the certificate and the private key. It belongs in a file of mode 0600.
func (a *Authority) MarshalPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: a.cert.Raw})
	return append(cert, pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der})...), nil
}

func newTemplate(name string, pub ed25519.PublicKey) *x509.Certificate {
	notBefore, notAfter := validity()
	sum := sha256.Sum256(append([]byte(name+"\x00"), pub...))
	sum[0] &= 0x7f // a serial number is positive
	return &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(sum[:16]),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		BasicConstraintsValid: true,
	}
}

// sign passes a source of randomness because the library wants one; ed25519 uses none.
func sign(template, parent *x509.Certificate, pub ed25519.PublicKey, key ed25519.PrivateKey) ([]byte, error) {
	return x509.CreateCertificate(rand.Reader, template, parent, pub, key)
}

// parseCA reads an authority's certificate and the cluster id in it.
func parseCA(der []byte) (*x509.Certificate, string, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, "", err
	}
	if !cert.IsCA {
		return nil, "", errors.New("its certificate is not that of an authority")
	}
	if err := cert.CheckSignatureFrom(cert); err != nil {
		return nil, "", fmt.Errorf("its certificate is not signed by itself: %w", err)
	}
	if len(cert.URIs) != 1 || cert.URIs[0].Scheme != uriScheme {
		return nil, "", errors.New("its certificate names no cluster")
	}
	return cert, cert.URIs[0].Host, checkClusterID(cert.URIs[0].Host)
}

func checkClusterID(id string) error {
	if id == "" || len(id) > maxName {
		return fmt.Errorf("cluster id %.80q: want 1 to %d characters", id, maxName)
	}
	for _, r := range []byte(id) {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
		default:
			return fmt.Errorf("cluster id %q: want only letters, digits, '-' and '_'", id)
		}
	}
	return nil
}

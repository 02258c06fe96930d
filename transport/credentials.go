package transport

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Credentials make a node a member: its key, the certificate that the cluster's
// authority signed for it, and that authority's certificate, both DER.
type Credentials struct {
	Key       NodeKey
	Cert      []byte
	CA        []byte
	ClusterID string
}

// Validate says whether the four belong together.
func (c Credentials) Validate() error {
	_, err := newIdentity(c)
	return err
}

// ErrWrongPeer marks a connection refused because another node answered than
// the one that was asked for.
var ErrWrongPeer = errors.New("another node answered")

// identity is Credentials, checked and parsed once.
type identity struct {
	id        string
	clusterID string
	cert      tls.Certificate
	pool      *x509.CertPool
}

func newIdentity(c Credentials) (*identity, error) {
	if c.Key.IsZero() {
		return nil, errors.New("credentials: no node key")
	}
	ca, clusterID, err := parseCA(c.CA)
	if err != nil {
		return nil, fmt.Errorf("credentials: the authority: %w", err)
	}
	if clusterID != c.ClusterID {
		return nil, fmt.Errorf("credentials: the authority is that of cluster %q, not of %q", clusterID, c.ClusterID)
	}
	leaf, err := x509.ParseCertificate(c.Cert)
	if err != nil {
		return nil, fmt.Errorf("credentials: the node's certificate: %w", err)
	}
	i := &identity{id: c.Key.ID(), clusterID: clusterID, pool: x509.NewCertPool()}
	i.pool.AddCert(ca)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: i.pool, DNSName: serverName, CurrentTime: certTime()}); err != nil {
		return nil, fmt.Errorf("credentials: the node's certificate was not signed by this authority: %w", err)
	}
	id, err := memberID(leaf, clusterID)
	if err != nil {
		return nil, fmt.Errorf("credentials: the node's certificate: %w", err)
	}
	if id != i.id {
		return nil, fmt.Errorf("credentials: the certificate is for %s, the key is %s", id, i.id)
	}
	i.cert = tls.Certificate{Certificate: [][]byte{bytes.Clone(c.Cert)}, PrivateKey: c.Key.private, Leaf: leaf}
	return i, nil
}

// memberID is who a certificate of this cluster is for. The chain is checked
// elsewhere; this checks what is particular to us: the cluster, and that the id
// is the fingerprint of the very key.
func memberID(cert *x509.Certificate, clusterID string) (string, error) {
	pub, ok := cert.PublicKey.(ed25519.PublicKey)
	if !ok {
		return "", fmt.Errorf("a certificate with a %T, not an ed25519 key", cert.PublicKey)
	}
	if len(cert.URIs) != 1 || cert.URIs[0].Scheme != uriScheme {
		return "", errors.New("a certificate that names no node of a cluster")
	}
	if got := cert.URIs[0].Host; got != clusterID {
		return "", fmt.Errorf("a certificate of cluster %q, this is %q", got, clusterID)
	}
	id := NodeID(pub)
	if got := cert.URIs[0].Path; got != "/"+id {
		return "", fmt.Errorf("a certificate that names node %q, but its key is %s", got, id)
	}
	return id, nil
}

// certTime is the moment certificates are checked at: one within their dates,
// whatever the clock says. See validity.
func certTime() time.Time { return time.Unix(946684800, 0) }

// baseTLS is what all our TLS has in common. There are no session tickets, so
// that each connection is a full proof.
func (i *identity) baseTLS(protos ...string) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{i.cert},
		NextProtos:             protos,
		SessionTicketsDisabled: true,
		Time:                   certTime,
	}
}

// memberServer accepts members only. Whether one is denied is asked after the
// handshake, so that it can be told.
func (i *identity) memberServer(protos []string) *tls.Config {
	c := i.baseTLS(protos...)
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs = i.pool
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if s.NegotiatedProtocol == "" {
			return errors.New("it asked for no protocol")
		}
		_, err := memberID(s.PeerCertificates[0], i.clusterID)
		return err
	}
	return c
}

// memberClient talks to addr only if a member answers that is not denied and,
// if wantID is not empty, is that one.
func (i *identity) memberClient(proto, addr, wantID string, denied func(string) bool) *tls.Config {
	c := i.baseTLS(proto)
	c.RootCAs = i.pool
	c.ServerName = serverName
	c.VerifyConnection = func(s tls.ConnectionState) error {
		id, err := memberID(s.PeerCertificates[0], i.clusterID)
		switch {
		case err != nil:
			return fmt.Errorf("%s answered with %w", addr, err)
		case wantID != "" && id != wantID:
			return fmt.Errorf("%s answered as %s, not %s: an address moved, or another node listens there (%w)", addr, id, wantID, ErrWrongPeer)
		case denied(id):
			return fmt.Errorf("%s is %s, which was removed from this cluster: stop it, or correct the address", addr, id)
		case s.NegotiatedProtocol != proto:
			return fmt.Errorf("%s did not agree to speak %s", addr, proto)
		}
		return nil
	}
	return c
}

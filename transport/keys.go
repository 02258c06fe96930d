package transport

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

const pemPrivateKey = "PRIVATE KEY"

// NodeKey is what a node is: whoever holds it is that node. It prints as its ID,
// so it cannot slip into a log.
type NodeKey struct {
	private ed25519.PrivateKey
}

// NewNodeKey makes a key from 32 bytes of rand.
func NewNodeKey(rand io.Reader) (NodeKey, error) {
	private, err := newEd25519(rand)
	if err != nil {
		return NodeKey{}, fmt.Errorf("make a node key: %w", err)
	}
	return NodeKey{private: private}, nil
}

// ParseNodeKey reads what MarshalPEM wrote.
func ParseNodeKey(text []byte) (NodeKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemPrivateKey {
		return NodeKey{}, errors.New("not a node key: no PEM block PRIVATE KEY in it")
	}
	private, err := parseEd25519(block.Bytes)
	if err != nil {
		return NodeKey{}, fmt.Errorf("not a node key: %w", err)
	}
	return NodeKey{private: private}, nil
}

// MarshalPEM gives the private key as PKCS #8 in PEM. It belongs in a file of mode 0600.
func (k NodeKey) MarshalPEM() ([]byte, error) {
	if k.IsZero() {
		return nil, errors.New("no node key to write")
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: der}), nil
}

// Public is the public half.
func (k NodeKey) Public() ed25519.PublicKey {
	return k.private.Public().(ed25519.PublicKey)
}

// ID is the node's name in the cluster: the fingerprint of its public key, see NodeID.
func (k NodeKey) ID() string { return NodeID(k.Public()) }

// IsZero tells a key that was never made.
func (k NodeKey) IsZero() bool { return len(k.private) == 0 }

// String is the ID; it tells nothing of the private key.
func (k NodeKey) String() string {
	if k.IsZero() {
		return "no key"
	}
	return k.ID()
}

// GoString is String, so that %#v tells nothing either.
func (k NodeKey) GoString() string { return k.String() }

// NodeID is "SHA256:" and the unpadded base64 of the SHA-256 of the 32-byte
// public key. It is spelled as OpenSSH spells fingerprints, but is not the
// fingerprint OpenSSH would show: that one hashes the SSH wire form.
func NodeID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// newEd25519 reads the seed itself, so that what it makes depends on rand alone.
func newEd25519(rand io.Reader) (ed25519.PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func parseEd25519(pkcs8 []byte) (ed25519.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is a %T, not an ed25519 key", key)
	}
	return private, nil
}

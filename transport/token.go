package transport

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	tokenPrefix   = "monik1"
	tokenCheck    = 3 // bytes of checksum behind the secret
	maxTokenID    = 32
	maxTokenText  = 128
	tokenIDRandom = 8
)

// JoinToken lets one node join. Whoever has the text of it can; the cluster keeps
// only its ID and Key. It prints as its ID, so it cannot slip into a log; Text
// is what the operator carries to the new node.
type JoinToken struct {
	ID     string
	Secret [32]byte
}

// NewJoinToken makes a token from 40 bytes of rand.
func NewJoinToken(rand io.Reader) (JoinToken, error) {
	var b [tokenIDRandom + 32]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return JoinToken{}, fmt.Errorf("make a join token: %w", err)
	}
	t := JoinToken{ID: hex.EncodeToString(b[:tokenIDRandom])}
	copy(t.Secret[:], b[tokenIDRandom:])
	return t, nil
}

// ParseJoinToken reads what Text wrote, with space around it. One that was
// mistyped or cut short is told from its checksum, without asking a cluster.
func ParseJoinToken(text string) (JoinToken, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxTokenText {
		return JoinToken{}, errors.New("not a join token: far too long")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[0] != tokenPrefix || checkTokenID(parts[1]) != nil {
		return JoinToken{}, fmt.Errorf("not a join token: it looks like %s.ID.SECRET", tokenPrefix)
	}
	t := JoinToken{ID: parts[1]}
	tail, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(tail) != len(t.Secret)+tokenCheck || strings.ContainsAny(parts[2], "\r\n") {
		return JoinToken{}, errors.New("a join token that was mistyped or cut short: copy all of it")
	}
	copy(t.Secret[:], tail)
	if string(t.checksum()) != string(tail[len(t.Secret):]) {
		return JoinToken{}, errors.New("a join token that was mistyped: its checksum does not fit")
	}
	return t, nil
}

// Text is the whole token, secret included: monik1.ID.SECRET, where SECRET is
// base64url and ends with a checksum.
func (t JoinToken) Text() string {
	tail := append(t.Secret[:len(t.Secret):len(t.Secret)], t.checksum()...)
	return tokenPrefix + "." + t.ID + "." + base64.RawURLEncoding.EncodeToString(tail)
}

// Key is what the cluster keeps: it proves knowledge of the secret, and does not
// give it.
func (t JoinToken) Key() [32]byte {
	mac := hmac.New(sha256.New, t.Secret[:])
	mac.Write([]byte("moniker join key v1"))
	return [32]byte(mac.Sum(nil))
}

// String tells which token, not its secret.
func (t JoinToken) String() string { return "join token " + t.ID }

// GoString is String, so that %#v tells nothing either.
func (t JoinToken) GoString() string { return t.String() }

func (t JoinToken) checksum() []byte {
	sum := sha256.Sum256(append([]byte("moniker join token "+t.ID+"\x00"), t.Secret[:]...))
	return sum[:tokenCheck]
}

func checkTokenID(id string) error {
	if id == "" || len(id) > maxTokenID {
		return fmt.Errorf("a token id is 1 to %d characters", maxTokenID)
	}
	for _, r := range []byte(id) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return fmt.Errorf("token id %q: want only a-z and 0-9", id)
		}
	}
	return nil
}

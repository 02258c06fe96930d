package transport

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Kinds of frame while joining. They are on the wire: append only.
const (
	kindJoin     = 1 // joiner: token id, mac, request
	kindAdmitted = 2 // server: mac, response
	kindRefused  = 3 // server: mac, text for people
	kindRedirect = 4 // server: mac, address
	kindToken    = 5 // server: nothing; the token was refused, so no mac can be made
)

const (
	macSize    = sha256.Size
	roleJoiner = "moniker join v1 joiner"
	roleServer = "moniker join v1 server"
)

// joinProof is what both sides know of one connection. The exporter is the
// connection's own secret: somebody who ends TLS on both sides has two
// connections with two exporters, so no mac of one is any use on the other.
type joinProof struct {
	exporter       []byte
	tokenID        string
	joiner, server ed25519.PublicKey
}

// newJoinProof reads the connection after its handshake; own is this side's key.
func newJoinProof(conn *tls.Conn, tokenID string, own ed25519.PublicKey, joining bool) (joinProof, error) {
	state := conn.ConnectionState()
	exporter, err := state.ExportKeyingMaterial("EXPORTER-moniker-join", nil, 32)
	if err != nil {
		return joinProof{}, err
	}
	peer, err := peerKey(state)
	if err != nil {
		return joinProof{}, err
	}
	p := joinProof{exporter: exporter, tokenID: tokenID, joiner: peer, server: own}
	if joining {
		p.joiner, p.server = own, peer
	}
	return p, nil
}

// mac proves knowledge of key, for this connection, side, kind and payload only.
// Each part is preceded by its length, so no two inputs look alike.
func (p joinProof) mac(key [32]byte, role string, kind byte, payload []byte) []byte {
	mac := hmac.New(sha256.New, key[:])
	for _, part := range [][]byte{[]byte(role), p.exporter, []byte(p.tokenID), p.joiner, p.server, {kind}, payload} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// seal is what the server answers.
func (p joinProof) seal(key [32]byte, kind byte, body []byte) []byte {
	return append(p.mac(key, roleServer, kind, body), body...)
}

// open reads what the server answered, and believes it only if its mac is right.
func (p joinProof) open(key [32]byte, kind byte, payload []byte) ([]byte, error) {
	if kind == kindToken {
		return nil, ErrTokenRefused
	}
	if len(payload) < macSize {
		return nil, ErrServerUnproven
	}
	mac, body := payload[:macSize], payload[macSize:]
	if !hmac.Equal(mac, p.mac(key, roleServer, kind, body)) {
		return nil, ErrServerUnproven
	}
	switch kind {
	case kindAdmitted:
		return body, nil
	case kindRefused:
		return nil, &RefusedError{Text: cleanText(string(body), maxJoinText)}
	case kindRedirect:
		return nil, &RedirectError{Addr: cleanText(string(body), maxJoinText)}
	}
	return nil, fmt.Errorf("an answer of unknown kind %d: that node is of a newer version", kind)
}

// joinRequest on the wire: length of the id (1 byte), id, mac, payload.
type joinRequest struct {
	tokenID string
	mac     []byte
	payload []byte
}

func (r joinRequest) encode() []byte {
	b := append([]byte{byte(len(r.tokenID))}, r.tokenID...)
	b = append(b, r.mac...)
	return append(b, r.payload...)
}

func decodeJoinRequest(b []byte) (joinRequest, error) {
	if len(b) == 0 || len(b) < 1+int(b[0])+macSize {
		return joinRequest{}, errors.New("a join request that is cut short")
	}
	n := int(b[0])
	id := string(b[1 : 1+n])
	if err := checkTokenID(id); err != nil {
		return joinRequest{}, err
	}
	return joinRequest{tokenID: id, mac: b[1+n : 1+n+macSize], payload: b[1+n+macSize:]}, nil
}

// cleanText bounds what another node says and takes out what a terminal could act on.
func cleanText(s string, max int) string {
	if len(s) > max {
		s = s[:max]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || 0x7f <= r && r < 0xa0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

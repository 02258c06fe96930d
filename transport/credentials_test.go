package transport

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestKeyIsNotPrinted(t *testing.T) {
	key := newKey(t, 1)
	token, _ := NewJoinToken(seeded(1))
	secret := fmt.Sprintf("%x", key.private.Seed())
	for _, text := range []string{fmt.Sprint(key), fmt.Sprintf("%+v %#v %s", key, key, key), fmt.Sprintf("%+v", Credentials{Key: key})} {
		if !strings.Contains(text, "SHA256:") || strings.Contains(text, secret[:16]) {
			t.Errorf("printed %q, want the id only", text)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", token, token, token); strings.Contains(text, token.Text()[20:40]) || !strings.Contains(text, token.ID) {
		t.Errorf("printed %q, want the id only", text)
	}
}

func TestKeysAndAuthoritySurviveTheirFiles(t *testing.T) {
	key := newKey(t, 1)
	text, err := key.MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseNodeKey(text)
	if err != nil || back.ID() != key.ID() {
		t.Errorf("the key came back as %v, %v, want %v", back, err, key)
	}
	a := newAuthority(t, "c1", 2)
	if text, err = a.MarshalPEM(); err != nil {
		t.Fatal(err)
	}
	again, err := ParseAuthority(text)
	if err != nil || again.ClusterID() != "c1" || !bytes.Equal(again.Cert(), a.Cert()) {
		t.Fatalf("the authority came back as %v, %v", again, err)
	}
	one, _ := a.Sign(key.Public(), "n1")
	two, _ := again.Sign(key.Public(), "n1")
	if !bytes.Equal(one, two) {
		t.Error("the same input gave two certificates")
	}
	for _, bad := range [][]byte{nil, []byte("x"), text[:len(text)/2]} {
		if _, err := ParseNodeKey(bad); err == nil {
			t.Errorf("ParseNodeKey took %d bytes of rubbish", len(bad))
		}
		if _, err := ParseAuthority(bad); err == nil {
			t.Errorf("ParseAuthority took %d bytes of rubbish", len(bad))
		}
	}
}

func TestAuthorityRefusesWhatItCannotName(t *testing.T) {
	for _, id := range []string{"", "a b", "a.b", "a/b", strings.Repeat("a", 65)} {
		if _, err := NewAuthority(id, seeded(1)); err == nil {
			t.Errorf("cluster id %q was taken", id)
		}
	}
	a := newAuthority(t, "c1", 1)
	if _, err := a.Sign(nil, "n1"); err == nil {
		t.Error("signed for no key")
	}
	if _, err := a.Sign(newKey(t, 1).Public(), ""); err == nil {
		t.Error("signed for no name")
	}
}

func TestCertificatesNeverExpire(t *testing.T) {
	cert, err := x509.ParseCertificate(member(t, newAuthority(t, "c1", 1), 2).Cert)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC); !cert.NotAfter.Equal(want) || cert.NotBefore.Unix() != 0 {
		t.Errorf("valid from %v to %v", cert.NotBefore, cert.NotAfter)
	}
}

func TestCredentialsMustBelongTogether(t *testing.T) {
	a, b := newAuthority(t, "c1", 1), newAuthority(t, "c2", 2)
	good := member(t, a, 3)
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	other := member(t, b, 3)
	for name, change := range map[string]func(*Credentials){
		"no key":                    func(c *Credentials) { c.Key = NodeKey{} },
		"another key":               func(c *Credentials) { c.Key = newKey(t, 4) },
		"another cluster's id":      func(c *Credentials) { c.ClusterID = "c2" },
		"another authority":         func(c *Credentials) { c.CA = other.CA },
		"another cluster's":         func(c *Credentials) { c.CA, c.ClusterID = other.CA, "c2" },
		"another cluster's cert":    func(c *Credentials) { c.Cert = other.Cert },
		"no certificate":            func(c *Credentials) { c.Cert = nil },
		"the authority's own":       func(c *Credentials) { c.Cert = c.CA },
		"a member as its authority": func(c *Credentials) { c.CA = c.Cert },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestIDIsTheFingerprintOfTheKey: a certificate that names another node, or
// another cluster, is refused even if the right authority signed it.
func TestIDIsTheFingerprintOfTheKey(t *testing.T) {
	a := newAuthority(t, "c1", 1)
	key, victim := newKey(t, 2), newKey(t, 3)
	forge := func(change func(*x509.Certificate)) *x509.Certificate {
		cert, _ := a.Sign(victim.Public(), "n")
		template, err := x509.ParseCertificate(cert)
		if err != nil {
			t.Fatal(err)
		}
		change(template)
		der, err := sign(template, a.cert, key.Public(), a.key)
		if err != nil {
			t.Fatal(err)
		}
		forged, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return forged
	}
	forged := forge(func(*x509.Certificate) {})
	if id, err := memberID(forged, "c1"); err == nil {
		t.Errorf("taken as %s", id)
	}
	nameless := forge(func(c *x509.Certificate) { c.URIs = nil })
	if id, err := memberID(nameless, "c1"); err == nil {
		t.Errorf("a certificate without an id taken as %s", id)
	}
	good, _ := a.Sign(key.Public(), "n")
	cert, _ := x509.ParseCertificate(good)
	if id, err := memberID(cert, "c1"); err != nil || id != key.ID() {
		t.Errorf("got %s, %v, want %s", id, err, key.ID())
	}
	if _, err := memberID(cert, "c2"); err == nil {
		t.Error("taken as a member of another cluster")
	}
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	cert.PublicKey = other.Public()
	if _, err := memberID(cert, "c1"); err == nil {
		t.Error("a key that is not ed25519 was taken")
	}
}

func FuzzParseNodeKey(f *testing.F) {
	text, _ := newKey(f, 1).MarshalPEM()
	f.Add(text)
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, err := ParseNodeKey(b); err == nil {
			_ = key.ID()
		}
	})
}

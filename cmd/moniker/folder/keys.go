package folder

import (
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/ssh"

	"moniker/transport"
)

// Files that hold keys and certificates.
const (
	nodeKeyFile  = "node.key"
	nodeCertFile = "node.crt"
	caCertFile   = "ca.crt"
	caKeyFile    = "ca.key"
	// HostKeyFile is the cluster's one SSH host key.
	HostKeyFile = "ssh_host_key"
)

const pemCertificate = "CERTIFICATE"

// Keys are what a folder holds of keys. A zero field is a file that is not there.
type Keys struct {
	Node      transport.NodeKey
	Cert      []byte               // DER: the node's certificate
	CA        []byte               // DER: the cluster's authority
	Authority *transport.Authority // of voters only
	Host      ssh.Signer           // the cluster's SSH host key
	HostPEM   []byte               // the same, as it is passed on to nodes that join
}

// Credentials are what transport wants of them.
func (k Keys) Credentials(cluster string) transport.Credentials {
	return transport.Credentials{Key: k.Node, Cert: k.Cert, CA: k.CA, ClusterID: cluster}
}

// Keys reads what there is.
func (f *Folder) Keys() (Keys, error) {
	var k Keys
	steps := []struct {
		name string
		take func([]byte) error
	}{
		{nodeKeyFile, func(b []byte) (err error) { k.Node, err = transport.ParseNodeKey(b); return err }},
		{nodeCertFile, func(b []byte) (err error) { k.Cert, err = certificate(b); return err }},
		{caCertFile, func(b []byte) (err error) { k.CA, err = certificate(b); return err }},
		{caKeyFile, func(b []byte) (err error) { k.Authority, err = transport.ParseAuthority(b); return err }},
		{HostKeyFile, func(b []byte) (err error) { k.HostPEM = b; k.Host, err = ssh.ParsePrivateKey(b); return err }},
	}
	for _, s := range steps {
		data, ok, err := f.Read(s.name)
		if err != nil {
			return Keys{}, err
		}
		if !ok {
			continue
		}
		if err := s.take(data); err != nil {
			return Keys{}, Damaged(f.Path(s.name), err.Error())
		}
	}
	return k, nil
}

// SetKeys writes those that are there, the node's certificate last: a folder that
// has it has all the others.
func (f *Folder) SetKeys(k Keys) error {
	files := make(map[string][]byte)
	if !k.Node.IsZero() {
		text, err := k.Node.MarshalPEM()
		if err != nil {
			return err
		}
		files[nodeKeyFile] = text
	}
	if k.Authority != nil {
		text, err := k.Authority.MarshalPEM()
		if err != nil {
			return err
		}
		files[caKeyFile] = text
	}
	if k.CA != nil {
		files[caCertFile] = certificatePEM(k.CA)
	}
	if k.Cert != nil {
		files[nodeCertFile] = certificatePEM(k.Cert)
	}
	files[HostKeyFile] = k.HostPEM
	for _, name := range []string{nodeKeyFile, caKeyFile, caCertFile, HostKeyFile, nodeCertFile} {
		if len(files[name]) == 0 {
			continue
		}
		if err := f.Write(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: der})
}

func certificate(text []byte) ([]byte, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemCertificate {
		return nil, errors.New("no PEM block CERTIFICATE in it")
	}
	return block.Bytes, nil
}

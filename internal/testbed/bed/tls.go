package bed

import (
	"os"

	"github.com/sqlscope/sqlscope/internal/testbed/local"
)

// Every server has the certificate of testdata/tls; clients choose whether to use
// it. These are its files in a server's home and, with /etc/ before them, in a
// container.
const (
	tlsCert = "sqlscope.crt"
	tlsKey  = "sqlscope.key"
)

// addTLS gives a server that runs here its certificate.
func addTLS(home *local.Home) error {
	cert, key, err := readTLS()
	if err != nil {
		return err
	}
	if err := home.WriteFile(tlsCert, cert); err != nil {
		return err
	}
	return home.WriteSecret(tlsKey, key)
}

func readTLS() (cert, key []byte, err error) {
	certFile, keyFile, err := tlsFixtures()
	if err != nil {
		return nil, nil, err
	}
	if cert, err = os.ReadFile(certFile); err != nil {
		return nil, nil, err
	}
	key, err = os.ReadFile(keyFile)
	return cert, key, err
}

func tlsFixtures() (cert, key string, err error) {
	if cert, err = fixture("tls/server.crt"); err != nil {
		return "", "", err
	}
	key, err = fixture("tls/server.key")
	return cert, key, err
}

// tlsFiles are the files of a container, and others.
func tlsFiles(others map[string]string) (map[string]string, error) {
	cert, key, err := tlsFixtures()
	if err != nil {
		return nil, err
	}
	files := map[string]string{"/etc/" + tlsCert: cert, "/etc/" + tlsKey: key}
	for inside, here := range others {
		files[inside] = here
	}
	return files, nil
}

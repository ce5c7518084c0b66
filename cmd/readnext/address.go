package main

import (
	"fmt"
	"net/url"
)

// checkAddress says what is wrong with the address of a running server.
func checkAddress(flag, address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%s %q is no address like http://127.0.0.1:8888", flag, address)
	}
	return nil
}

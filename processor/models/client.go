package models

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// hub is the address that HF_ENDPOINT replaces.
const hub = "https://huggingface.co/"

// Patience with servers.
const (
	connectTimeout = 15 * time.Second
	headerTimeout  = 30 * time.Second
	maxRedirects   = 10
	userAgent      = "SpatialMaker"
)

// client talks to the catalogue's hosts and to no others, over https.
type client struct {
	http     *http.Client
	hosts    []string
	endpoint *url.URL // from HF_ENDPOINT, nil when unset
}

func (s *Store) newClient() (*client, error) {
	c := &client{hosts: s.cat.Hosts}
	if v := s.cfg.Getenv("HF_ENDPOINT"); v != "" {
		u, err := url.Parse(strings.TrimRight(v, "/") + "/")
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, withHint(fmt.Errorf("HF_ENDPOINT %q: %w: only https addresses are used", v, ErrHost), "correct or unset HF_ENDPOINT")
		}
		c.endpoint = u
	}
	rt := s.cfg.Transport
	if rt == nil {
		rt = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: headerTimeout,
			ForceAttemptHTTP2:     true,
			IdleConnTimeout:       time.Minute,
		}
	}
	tokenHost := "huggingface.co"
	if c.endpoint != nil {
		tokenHost = c.endpoint.Host
	}
	c.http = &http.Client{
		Transport:     tokenTransport{rt, tokenHost, s.cfg.Getenv("HF_TOKEN")},
		CheckRedirect: c.checkRedirect,
	}
	return c, nil
}

// rewrite applies HF_ENDPOINT to an address of the catalogue.
func (c *client) rewrite(addr string) string {
	if rest, ok := strings.CutPrefix(addr, hub); ok && c.endpoint != nil {
		return c.endpoint.String() + rest
	}
	return addr
}

func (c *client) checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "https":
		return fmt.Errorf("%w: %s://%s is not https", ErrHost, u.Scheme, u.Host)
	case c.endpoint != nil && u.Host == c.endpoint.Host, hostAllowed(c.hosts, u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: %s is not one of the catalogue's hosts", ErrHost, u.Host)
}

func (c *client) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrNotFound, maxRedirects)
	}
	return c.checkURL(req.URL)
}

// tokenTransport adds the token to requests for one host. It stands below the
// redirects, so that no other host ever gets to see it.
type tokenTransport struct {
	next  http.RoundTripper
	host  string
	token string
}

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.token == "" || req.URL.Host != t.host || req.URL.Scheme != "https" {
		return t.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+t.token)
	return t.next.RoundTrip(req)
}

// plainCause drops the address that net/http puts around an error: after a
// redirect it is a page of signatures, and the caller names the host anyway.
func plainCause(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		return ue.Err
	}
	return err
}

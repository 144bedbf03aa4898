package pyserver

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Client is an HTTP client, as AWS's SDK wants one, that reads a request's body before it sends
// anything. The zero value is ready for use, by several goroutines at once.
//
// The SDK's bodies are streams to net/http, which looks for their end after the last byte is sent.
// A server on the same machine can have answered by then, and the SDK closed the body; net/http takes
// that for a failure to send, and drops the connection with the answer in it.
type Client struct{}

// transport waits for answers as long as a server may take to start.
var transport = &http.Transport{ResponseHeaderTimeout: time.Minute}

// Do sends a request.
func (Client) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return transport.RoundTrip(req)
}

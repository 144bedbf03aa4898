package deploytest

import (
	"bytes"
	"io"
	"net/http"
)

// A readAhead is a client that reads a request's body before it sends anything.
//
// The SDK's bodies are streams to net/http, which looks for their end after the last byte is sent.
// A server on the same machine can have answered by then, and the SDK closed the body; net/http takes
// that for a failure to send, and drops the connection with the answer in it.
type readAhead struct {
	next http.RoundTripper
}

// Do implements the SDK's HTTPClient.
func (r readAhead) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r.next.RoundTrip(req)
}

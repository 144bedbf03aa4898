package remediate

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// An Approver asks somebody whether a plan may be applied.
type Approver interface {
	// Approve returns the token by which p is approved, as [Approvals] makes it, or nothing if
	// nobody has approved it yet. It may be called again for the same plan, when its event is
	// delivered again, and the [Engine] believes no token that does not prove itself. Somebody who
	// says no is an error, best a [*Refusal].
	Approve(ctx context.Context, p *Plan) (token string, err error)
}

// Approvals makes and checks tokens that approve one plan: they name its digest, who approved it
// and until when, and carry a MAC (HMAC-SHA256) of all three. A token is no secret once its plan was
// applied: it approves nothing else, and an event is acted on once. It is safe for concurrent use.
type Approvals struct{ key []byte }

// minApprovalKey is the shortest key, as long as the hash, that RFC 2104 does not advise against.
const minApprovalKey = sha256.Size

// NewApprovals returns Approvals with a secret key of at least 32 random bytes.
func NewApprovals(key []byte) (*Approvals, error) {
	if len(key) < minApprovalKey {
		return nil, fmt.Errorf("remediate: a key for approvals has at least %d bytes, not %d", minApprovalKey, len(key))
	}
	return &Approvals{append([]byte(nil), key...)}, nil
}

// approval is what a token says.
type approval struct {
	Digest  string `json:"digest"`
	By      string `json:"by"`
	Expires int64  `json:"expires"` // seconds since 1970, as of which it is no longer good
}

var encoding = base64.RawURLEncoding.Strict() // with Check's own look for line breaks, one way to write a token and no other

// Token returns the token by which somebody approves p until the time given. By names who; it is
// for the record, and may not be empty.
func (a *Approvals) Token(p *Plan, by string, expires time.Time) (string, error) {
	if by == "" {
		return "", errors.New("remediate: an approval says who approves")
	}
	text, err := json.Marshal(approval{p.Digest(), by, expires.Unix()})
	if err != nil {
		return "", fmt.Errorf("remediate: %w", err)
	}
	return encoding.EncodeToString(text) + "." + encoding.EncodeToString(a.mac(text)), nil
}

// Check returns who approved p by the token. The error is a [*Refusal] if the token was not made
// with the same key, is for another plan or has expired.
func (a *Approvals) Check(p *Plan, token string) (by string, err error) {
	refuse := func(why string) (string, error) { return "", &Refusal{GuardApproval, why} }
	if a == nil {
		return refuse("there is no key by which an approval could be believed")
	}
	first, second, _ := strings.Cut(token, ".")
	text, err1 := encoding.DecodeString(first)
	mac, err2 := encoding.DecodeString(second)
	if strings.ContainsAny(token, "\r\n") || err1 != nil || err2 != nil || !hmac.Equal(mac, a.mac(text)) {
		return refuse("the approval was not made here, or was changed")
	}
	var said approval
	if json.Unmarshal(text, &said) != nil || said.Digest != p.Digest() {
		return refuse("the approval is for another plan")
	}
	if time.Now().Unix() >= said.Expires {
		return refuse("the approval has expired")
	}
	return said.By, nil
}

func (a *Approvals) mac(text []byte) []byte {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte("countertrail approval 1\x00")) // so that the key may serve for something else
	h.Write(text)
	return h.Sum(nil)
}

package assume_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/assume"
)

// doer is what the SDK wants for an HTTP client.
type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

// TestClient holds that the SDK's own client signs with the right credentials: with the caller's to
// assume a role, and with the session's to look whose it is and for everything that follows.
func TestClient(t *testing.T) {
	const (
		assumed  = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>token</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
		identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
		denied   = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`
	)
	var (
		deny  bool
		calls []string
	)
	cfg := callerConfig()
	cfg.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		_, auth, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		signer, _, _ := strings.Cut(auth, "/")
		calls = append(calls, fmt.Sprintf("%s by %s at %s", form.Get("Action"), signer, r.URL.Host))
		status, text := 200, ""
		switch {
		case form.Get("Action") == "AssumeRole" && deny:
			status, text = 403, denied
		case form.Get("Action") == "AssumeRole":
			text = fmt.Sprintf(assumed, secret, time.Now().Add(15*time.Minute).UTC().Format(time.RFC3339))
		case signer == "ASIASESSION":
			text = fmt.Sprintf(identity, "arn:aws:sts::"+account+":assumed-role/countertrail/countertrail-bot", account)
		default:
			text = fmt.Sprintf(identity, "arn:aws:iam::"+own+":user/caller", own)
		}
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
	})
	s, err := assume.New(sts.NewFromConfig(cfg), cfg, options())
	if err != nil {
		t.Fatal(err)
	}
	deny = true
	if _, err := s.Config(t.Context(), account, region, nil); !errors.Is(err, remediate.ErrDenied) {
		t.Errorf("denied: %v", err)
	} else {
		checkSecrets(t, err)
	}
	deny = false
	there, err := s.Config(t.Context(), account, region, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sts.NewFromConfig(there).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Error(err)
	}
	const home = "sts.us-east-1.amazonaws.com"
	want := []string{
		"GetCallerIdentity by AKIACALLER at " + home,
		"AssumeRole by AKIACALLER at " + home,
		"AssumeRole by AKIACALLER at " + home,
		"GetCallerIdentity by ASIASESSION at " + home,
		"GetCallerIdentity by ASIASESSION at sts.eu-west-1.amazonaws.com",
	}
	if got := strings.Join(calls, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("calls:\n%s", got)
	}
}

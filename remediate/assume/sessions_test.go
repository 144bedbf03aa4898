package assume_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/assume"
)

func TestConfig(t *testing.T) {
	fake := newSTS()
	fake.partition = "aws-us-gov"
	roles := map[string]assume.Role{other: {Name: "guest"}, own: {Name: "home"}}
	s := newSessions(t, fake, func(o *assume.Options) {
		o.Roles, o.SessionName, o.Duration = roles, "a-session", time.Hour
	})
	roles[account] = assume.Role{Name: "added-later"} // and too late
	policy := []byte(`{"Version":"2012-10-17"}`)
	for i, tt := range []struct {
		account string
		policy  []byte
		want    sts.AssumeRoleInput
	}{
		{account, nil, sts.AssumeRoleInput{RoleArn: aws.String("arn:aws-us-gov:iam::123456789012:role/security/countertrail"), ExternalId: aws.String(external)}},
		{other, policy, sts.AssumeRoleInput{RoleArn: aws.String("arn:aws-us-gov:iam::210987654321:role/guest"), Policy: aws.String(string(policy))}},
		{own, nil, sts.AssumeRoleInput{RoleArn: aws.String("arn:aws-us-gov:iam::999988887777:role/home")}}, // for it is named
	} {
		tt.want.RoleSessionName, tt.want.SourceIdentity, tt.want.DurationSeconds = aws.String("a-session"), aws.String("countertrail-bot"), aws.Int32(3600)
		cfg, err := s.Config(t.Context(), tt.account, "us-gov-west-1", tt.policy)
		if err != nil {
			t.Fatalf("%s: %v", tt.account, err)
		}
		if d := cmp.Diff(&tt.want, fake.assumed[i], cmpopts.IgnoreUnexported(sts.AssumeRoleInput{})); d != "" {
			t.Errorf("%s: %s", tt.account, d)
		}
		if cfg.Region != "us-gov-west-1" || cfg.AppID != "kept" || cfg.BearerAuthTokenProvider != nil {
			t.Errorf("%s: Region %s, AppID %s", tt.account, cfg.Region, cfg.AppID)
		}
		c, err := cfg.Credentials.Retrieve(t.Context())
		if err != nil || c.AccessKeyID != fmt.Sprintf("ASIA%012d", i+1) || c.AccountID != tt.account || !c.CanExpire || c.SessionToken == "" {
			t.Errorf("%s: access key %s of %s, error %v", tt.account, c.AccessKeyID, c.AccountID, err)
		}
	}
	if fake.lookups != 1 {
		t.Errorf("the caller's identity was asked for %d times", fake.lookups)
	}
}

func TestConfigRefused(t *testing.T) {
	only := func(o *assume.Options) {
		o.Role, o.Roles = assume.Role{}, map[string]assume.Role{other: {Name: "guest"}}
	}
	for _, tt := range []struct {
		account, region string
		edit            func(*assume.Options)
		reason          string
	}{
		{own, region, nil, "the caller's own account"},
		{account, region, only, "no role for it"},
		{account, "cn-north-1", nil, "a Region of another partition"},
		{account, "us-isob-east-1", nil, "a Region of another partition"},
		{"", region, nil, "no account"},
		{"12345678901", region, nil, "eleven digits"},
		{"1234567890123", region, nil, "thirteen digits"},
		{account + "\n", region, nil, "a line more"},
		{"１２３４５６７８９０１２", region, nil, "digits that are not ASCII"},
		{account + ":role/admin", region, nil, "an ARN that goes on"},
		{"*", region, nil, "all accounts"},
		{strings.Repeat("1", 100<<10), region, nil, "a long one"},
		{account, "", nil, "no Region"},
		{account, "eu-west-1.evil.example/", nil, "a Region that is another host"},
		{account, "eu-west-1@evil.example#-1", nil, "a Region that is a user name"},
		{account, "aws-global", nil, "what is not a Region"},
	} {
		fake := newSTS()
		edit := tt.edit
		if edit == nil {
			edit = func(*assume.Options) {}
		}
		s := newSessions(t, fake, edit)
		cfg, err := s.Config(t.Context(), tt.account, tt.region, nil)
		var refusal *remediate.Refusal
		if !errors.As(err, &refusal) || refusal.Guard != remediate.GuardScope || cfg.Credentials != nil {
			t.Errorf("%s: error %v, want a refusal", tt.reason, err)
		}
		if fake.calls() != 0 || s.Kept() != 0 {
			t.Errorf("%s: a role was assumed", tt.reason)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", tt.reason, len(err.Error()))
		}
	}
}

func TestSessionIsNotWhatWasAsked(t *testing.T) {
	type (
		out = sts.AssumeRoleOutput
		id  = sts.GetCallerIdentityOutput
	)
	for reason, tamper := range map[string]func(*out, *id){
		"another account": func(_ *out, s *id) {
			s.Account, s.Arn = aws.String(other), aws.String(strings.Replace(*s.Arn, account, other, 1))
		},
		"the caller's account": func(_ *out, s *id) {
			s.Account, s.Arn = aws.String(own), aws.String(strings.Replace(*s.Arn, account, own, 1))
		},
		"the ARN of another account":   func(_ *out, s *id) { s.Arn = aws.String(strings.Replace(*s.Arn, account, other, 1)) },
		"another account than the ARN": func(_ *out, s *id) { s.Account = aws.String(other) },
		"another role":                 func(_ *out, s *id) { s.Arn = aws.String(strings.Replace(*s.Arn, "/countertrail/", "/admin/", 1)) },
		"another session":              func(_ *out, s *id) { s.Arn = aws.String(*s.Arn + "2") },
		"a user":                       func(_ *out, s *id) { s.Arn = aws.String("arn:aws:iam::" + account + ":user/u") },
		"no ARN":                       func(_ *out, s *id) { s.Arn = nil },
		"nothing":                      func(_ *out, s *id) { *s = id{} },
		"no credentials":               func(o *out, _ *id) { o.Credentials = nil },
		"no access key":                func(o *out, _ *id) { o.Credentials.AccessKeyId = nil },
		"no secret":                    func(o *out, _ *id) { o.Credentials.SecretAccessKey = aws.String("") },
		"no token":                     func(o *out, _ *id) { o.Credentials.SessionToken = nil },
		"no expiry":                    func(o *out, _ *id) { o.Credentials.Expiration = nil },
		"expired":                      func(o *out, _ *id) { o.Credentials.Expiration = aws.Time(time.Now().Add(time.Minute)) },
	} {
		fake := newSTS()
		fake.tamper = tamper
		s := newSessions(t, fake)
		for range 2 { // what was wrong once is not kept
			cfg, err := s.Config(t.Context(), account, region, nil)
			if err == nil || cfg.Credentials != nil {
				t.Errorf("%s: no error", reason)
				continue
			}
			checkSecrets(t, err)
		}
		if fake.calls() != 2 {
			t.Errorf("%s: assumed %d times", reason, fake.calls())
		}
	}
}

// checkSecrets reports what must not be in an error.
func checkSecrets(t *testing.T, err error) {
	t.Helper()
	for _, s := range []string{secret, external, "ASIA0", "token of", "AKIACALLER", "the-caller's"} {
		if strings.Contains(err.Error(), s) {
			t.Errorf("the error tells %q: %v", s, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for code, want := range map[string]error{
		"AccessDenied": remediate.ErrDenied, "Throttling": remediate.ErrTemporary, "ExpiredToken": remediate.ErrDenied,
	} {
		fake := newSTS()
		fake.deny = &smithy.GenericAPIError{Code: code, Message: "a message"}
		s := newSessions(t, fake)
		_, err := s.Config(t.Context(), account, region, nil)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "role/security/countertrail") {
			t.Errorf("%s: %v", code, err)
		}
		checkSecrets(t, err)
		fake.deny = nil
		if _, err := s.Config(t.Context(), account, region, nil); err != nil {
			t.Errorf("%s: a later attempt: %v", code, err)
		}
	}
}

func TestKept(t *testing.T) {
	fake := newSTS()
	s := newSessions(t, fake)
	for _, tt := range []struct {
		account, region, policy string
		calls                   int
		reason                  string
	}{
		{account, region, "", 1, "the first"},
		{account, region, "", 1, "the same"},
		{account, "us-east-1", "", 1, "a session is good in every Region"},
		{account, region, "{}", 2, "a session that can do less is another"},
		{account, region, "{}", 2, "the same"},
		{account, region, "{ }", 3, "another policy"},
		{other, region, "", 4, "another account"},
		{account, region, "", 4, "the first again"},
	} {
		var policy []byte
		if tt.policy != "" {
			policy = []byte(tt.policy)
		}
		cfg, err := s.Config(t.Context(), tt.account, tt.region, policy)
		if err != nil {
			t.Fatal(err)
		}
		if key := keyOf(t, cfg); fake.calls() != tt.calls || fake.policies[key] != tt.policy || *fake.sessions[key].Account != tt.account {
			t.Errorf("%s: %d calls, policy %q in %s", tt.reason, fake.calls(), fake.policies[key], *fake.sessions[key].Account)
		}
	}
}

func TestEmptyPolicy(t *testing.T) {
	fake := newSTS()
	if _, err := newSessions(t, fake).Config(t.Context(), account, region, []byte{}); err == nil || fake.calls() != 0 {
		t.Errorf("error %v; a session with all that its role may do is not what an empty policy means", err)
	}
}

func TestKeptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newSTS()
		s := newSessions(t, fake)
		first, err := s.Config(t.Context(), account, region, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range assume.MaxSessions + 100 {
			if _, err := s.Config(t.Context(), fmt.Sprintf("%012d", i), region, nil); err != nil {
				t.Fatal(err)
			}
			if s.Kept() > assume.MaxSessions {
				t.Fatalf("%d sessions are kept", s.Kept())
			}
		}
		if s.Kept() != assume.MaxSessions {
			t.Errorf("%d sessions are kept, while none has expired", s.Kept())
		}
		time.Sleep(time.Hour)
		if _, err := s.Config(t.Context(), other, region, nil); err != nil || s.Kept() != 1 {
			t.Errorf("%d sessions are kept, of which all but one have expired; error %v", s.Kept(), err)
		}
		if c, err := first.Credentials.Retrieve(t.Context()); err != nil || *fake.sessions[c.AccessKeyID].Account != account {
			t.Errorf("what was given out before: %v", err)
		}
	})
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newSTS()
		s := newSessions(t, fake)
		cfg, err := s.Config(t.Context(), account, region, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			sleep time.Duration
			want  string
		}{
			{0, "ASIA000000000001"},
			{10*time.Minute - time.Second, "ASIA000000000001"},
			{time.Second, "ASIA000000000002"}, // five minutes before the end of fifteen
			{9 * time.Minute, "ASIA000000000002"},
			{time.Hour, "ASIA000000000003"},
		} {
			time.Sleep(tt.sleep)
			c, err := cfg.Credentials.Retrieve(t.Context())
			if err != nil || c.AccessKeyID != tt.want || !time.Now().Before(c.Expires) {
				t.Errorf("after %s: %s, which expires at %s, error %v; want %s", tt.sleep, c.AccessKeyID, c.Expires, err, tt.want)
			}
		}
		fake.tamper = func(_ *sts.AssumeRoleOutput, session *sts.GetCallerIdentityOutput) { session.Account = aws.String(own) }
		time.Sleep(time.Hour)
		c, err := cfg.Credentials.Retrieve(t.Context())
		if err == nil || c.HasKeys() {
			t.Error("a session that was renewed in another account was given out")
		}
	})
}

func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newSTS()
		fake.onCall = func() { time.Sleep(time.Second) }
		s := newSessions(t, fake)
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if cfg, err := s.Config(t.Context(), []string{account, other}[i%2], region, nil); err != nil || keyOf(t, cfg) == "" {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // until one for each account is asleep in its call, and all others wait for it
		if _, err := s.Config(hurried, account, region, nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("the error of who could not wait: %v", err)
		}
		wg.Wait()
		if fake.calls() != 2 {
			t.Errorf("assumed %d times for two accounts", fake.calls())
		}
	})
}

func TestNewFails(t *testing.T) {
	for reason, edit := range map[string]func(*assume.Options){
		"no source identity":          func(o *assume.Options) { o.SourceIdentity = "" },
		"a short source identity":     func(o *assume.Options) { o.SourceIdentity = "x" },
		"a reserved source identity":  func(o *assume.Options) { o.SourceIdentity = "aws:x" },
		"a session name with a space": func(o *assume.Options) { o.SessionName = "a b" },
		"no role":                     func(o *assume.Options) { o.Role = assume.Role{} },
		"a role without a name":       func(o *assume.Options) { o.Role = assume.Role{ExternalID: external} },
		"an ARN for a role":           func(o *assume.Options) { o.Role.Name = "arn:aws:iam::" + account + ":role/x" },
		"a role's path alone":         func(o *assume.Options) { o.Role.Name = "security/" },
		"a role from the root":        func(o *assume.Options) { o.Role.Name = "/security/x" },
		"a short external ID":         func(o *assume.Options) { o.Role.ExternalID = "x" },
		"an external ID with a space": func(o *assume.Options) { o.Role.ExternalID = external + " " + external },
		"a long external ID":          func(o *assume.Options) { o.Role.ExternalID = strings.Repeat("x", 1225) },
		"a role of no account":        func(o *assume.Options) { o.Roles = map[string]assume.Role{"prod": {Name: "x"}} },
		"an account without a role":   func(o *assume.Options) { o.Roles = map[string]assume.Role{other: {}} },
		"a short session":             func(o *assume.Options) { o.Duration = time.Minute },
		"a negative duration":         func(o *assume.Options) { o.Duration = -time.Hour },
		"a long session":              func(o *assume.Options) { o.Duration = 13 * time.Hour },
	} {
		opts := options()
		edit(opts)
		if _, err := assume.New(newSTS(), callerConfig(), opts); err == nil {
			t.Errorf("%s: no error", reason)
		} else {
			checkSecrets(t, err)
		}
	}
	if _, err := assume.New(newSTS(), callerConfig(), nil); err == nil {
		t.Error("no options: no error")
	}
	if _, err := assume.New(nil, callerConfig(), options()); err == nil {
		t.Error("no client: no error")
	}
}

package assume

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
)

// A Client is the part of *sts.Client that [Sessions] needs. GetCallerIdentity is also called with the
// credentials of a session, which replace the client's own by an option of the call.
type Client interface {
	AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	GetCallerIdentity(ctx context.Context, in *sts.GetCallerIdentityInput, opts ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// maxSessions is how many sessions are kept for use again. Whose they are events say, so there must be
// an end; a configuration that was given out works beyond it.
const maxSessions = 1000

// Sessions are sessions of roles in many accounts, each assumed when it is first needed and kept until
// five minutes before it expires. They are safe for concurrent use, and start no goroutines.
type Sessions struct {
	sts    Client
	base   aws.Config
	opts   Options
	caller cell[identity]

	mu   sync.Mutex
	kept map[key]*session
}

// A key says what sessions are alike.
type key struct{ account, role, policy string }

// New returns Sessions that client assumes. The configurations that they give out are copies of cfg,
// with their own Region and credentials: its HTTP client, its retries and its endpoints are kept, its
// credentials are not. It is an error if opts are nil, incomplete, or hold what STS would refuse in
// every account.
func New(client Client, cfg aws.Config, opts *Options) (*Sessions, error) {
	if client == nil {
		return nil, errors.New("assume: no client")
	}
	if opts == nil {
		opts = &Options{}
	}
	if err := opts.check(); err != nil {
		return nil, err
	}
	s := &Sessions{sts: client, base: cfg.Copy(), opts: *opts, caller: newCell[identity](), kept: make(map[key]*session)}
	s.base.Credentials, s.base.BearerAuthTokenProvider = aws.AnonymousCredentials{}, nil
	s.opts.Roles = maps.Clone(opts.Roles)
	if s.opts.SessionName == "" {
		s.opts.SessionName = opts.SourceIdentity
	}
	if s.opts.Duration == 0 {
		s.opts.Duration = minDuration
	}
	return s, nil
}

// Config returns the configuration of clients in the account and the Region, with the credentials of a
// session that was found to be there. The credentials renew themselves. A policy, as JSON, takes from
// the session what it does not allow; nil takes nothing, and an empty one is an error.
//
// The error is or wraps a [*remediate.Refusal] if the account is not served or the Region is not one
// of the caller's partition. An error of AWS wraps what of [remediate.ErrDenied],
// [remediate.ErrTemporary] and [remediate.ErrNotFound] applies; no error holds credentials or an
// external ID.
func (s *Sessions) Config(ctx context.Context, account, region string, policy []byte) (aws.Config, error) {
	cfg, err := s.config(ctx, account, region, policy)
	if err != nil {
		return aws.Config{}, fmt.Errorf("assume: %w", err)
	}
	return cfg, nil
}

func (s *Sessions) config(ctx context.Context, account, region string, policy []byte) (aws.Config, error) {
	if policy != nil && len(policy) == 0 {
		return aws.Config{}, errors.New("the policy is empty, which STS would take for none")
	}
	role, err := s.role(account, region)
	if err != nil {
		return aws.Config{}, err
	}
	caller, err := s.whoAmI(ctx)
	if err != nil {
		return aws.Config{}, err
	}
	_, named := s.opts.Roles[account]
	switch partition := awsplace.Partition("", region); {
	case partition != caller.partition:
		return aws.Config{}, refuse("the Region %q is in the partition %s, and the caller in %q", region, partition, caller.partition)
	case account == caller.account && !named:
		return aws.Config{}, refuse("the account %q is the caller's own, and has no role of its own in Roles", account)
	}
	session := s.session(key{account, role.Name, string(policy)}, role, caller.partition)
	if _, err := session.credentials(ctx); err != nil {
		return aws.Config{}, err
	}
	cfg := s.base.Copy()
	cfg.Region, cfg.Credentials = region, session
	return cfg, nil
}

// role returns the role to assume for what is to be done in the account and the Region.
func (s *Sessions) role(account, region string) (Role, error) {
	if !awsplace.IsAccount(account) {
		return Role{}, refuse("%.40q is not the twelve digits of an account", account)
	}
	if !awsplace.IsRegion(region) {
		return Role{}, refuse("%.40q is not a Region", region)
	}
	role, ok := s.opts.Roles[account]
	if !ok {
		role = s.opts.Role
	}
	if role.Name == "" {
		return Role{}, refuse("there is no role for the account %q", account)
	}
	return role, nil
}

// session returns the session for k, which may be yet to be assumed.
func (s *Sessions) session(k key, role Role, partition string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.kept[k]; kept != nil {
		return kept
	}
	if len(s.kept) >= maxSessions {
		maps.DeleteFunc(s.kept, func(_ key, old *session) bool { return !old.isGood() })
	}
	if len(s.kept) >= maxSessions {
		for old := range s.kept { // any will do: it costs another call
			delete(s.kept, old)
			break
		}
	}
	made := &session{
		sts: s.sts, opts: &s.opts,
		role: role, partition: partition, account: k.account, policy: k.policy,
		cell: newCell[aws.Credentials](),
	}
	s.kept[k] = made
	return made
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}

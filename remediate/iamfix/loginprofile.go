package iamfix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A LoginProfileReader reads what [LoginProfile] plans by. [*iam.Client] is one.
type LoginProfileReader interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	GetLoginProfile(context.Context, *iam.GetLoginProfileInput, ...func(*iam.Options)) (*iam.GetLoginProfileOutput, error)
}

// A LoginProfileWriter deletes passwords. [*iam.Client] is one.
type LoginProfileWriter interface {
	DeleteLoginProfile(context.Context, *iam.DeleteLoginProfileInput, ...func(*iam.Options)) (*iam.DeleteLoginProfileOutput, error)
}

// LoginProfile deletes the password of an IAM user, without which he cannot sign in to the console. It
// answers iam:CreateLoginProfile, and iam:UpdateLoginProfile with a suggestion: the user had a password
// before. Nothing takes it back, for nobody knows the password, and a session of the console that is
// open goes on. LoginProfile is a [remediate.Remediator] and a [remediate.Verifier], and safe for
// concurrent use.
type LoginProfile struct {
	fixer
	reader LoginProfileReader
}

var (
	_ remediate.Remediator = (*LoginProfile)(nil)
	_ remediate.Verifier   = (*LoginProfile)(nil)
	_ LoginProfileReader   = (*iam.Client)(nil)
	_ LoginProfileWriter   = (*iam.Client)(nil)
)

// loginProfileCalls are the calls that LoginProfile answers.
var loginProfileCalls = []string{"iam:CreateLoginProfile", "iam:UpdateLoginProfile"}

// NewLoginProfile returns a LoginProfile, as [NewAccessKey] does an AccessKey.
func NewLoginProfile(r LoginProfileReader, w LoginProfileWriter, opts *Options) (*LoginProfile, error) {
	if opts == nil {
		opts = &Options{}
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	l := &LoginProfile{fixer: fixer{settings: s, name: "iamfix-loginprofile"}, reader: r}
	remove := operation{read: l.created}
	if w != nil {
		remove.call = func(ctx context.Context, c change) error {
			_, err := w.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: &c.args.UserName}, in(c.region))
			return err
		}
	}
	l.ops = map[string]operation{actionNoPassword: remove}
	l.vet = func(c change) error {
		if c.on.kind != kindUser || c.before.Created == "" {
			return errors.New("a step that does not say whose password it is, and of when")
		}
		return nil
	}
	return l, nil
}

// Spec implements [remediate.Remediator].
func (l *LoginProfile) Spec() remediate.Spec {
	return remediate.Spec{
		Name:    l.name,
		Summary: "containment: deletes a password that a user was given",
		Handles: append([]string(nil), loginProfileCalls...),
		Reads:   []string{"iam:GetLoginProfile", "iam:GetUser"},
		Writes:  []string{actionNoPassword},
		Risk:    remediate.High, // it cannot be undone
	}
}

// near is how far the time at which IAM says that a login profile was made, and that of the event, may
// be apart for it to be that one.
const near = time.Minute

// Plan implements [remediate.Remediator]. There is nothing to do if the user has no password, or one
// that was made at another time than the event. The errors are those of [AccessKey.Plan].
func (l *LoginProfile) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	p, err := l.answer(ctx, f)
	if err != nil {
		return nil, l.fail(err)
	}
	return p, nil
}

func (l *LoginProfile) answer(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	s, err := admit(f, loginProfileCalls)
	if err != nil {
		return nil, err
	}
	name, err := userOf(f.Record, "loginProfile")
	if err != nil {
		return nil, err
	}
	user, err := getUser(ctx, l.reader, s, name)
	if err != nil {
		return nil, err
	}
	if err := l.touchable(user.entity); err != nil {
		return nil, err
	}
	c := changeOf(actionNoPassword, user.entity, s, args{}, state{})
	c.before, err = settle(ctx, l.settings, func() (state, error) { return l.created(ctx, c) }, func(s state) bool { return s != state{} })
	if err != nil {
		return nil, err
	}
	if c.before == (state{}) {
		return l.plan(f, fmt.Sprintf("The %s has no password: there is nothing to do.", user.entity)), nil
	}
	if f.Record.EventName == "UpdateLoginProfile" {
		c.manual = true
		return l.plan(f, fmt.Sprintf("the password of the %s was replaced by another: delete it, and have a new one set.", user.entity), c), nil
	}
	made, err := time.Parse(time.RFC3339, c.before.Created)
	if err != nil || made.Sub(f.Record.EventTime).Abs() > near {
		return l.plan(f, fmt.Sprintf("The password of the %s is of %.40s, and so another: there is nothing to do.", user.entity, c.before.Created)), nil
	}
	return l.plan(f, fmt.Sprintf("delete the password that the %s was given.", user.entity), c), nil
}

// created reads when the login profile of a change's user was made.
func (l *LoginProfile) created(ctx context.Context, c change) (state, error) {
	out, err := l.reader.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &c.on.name}, in(c.region))
	switch {
	case noSuchEntity(err):
		return state{}, nil
	case err != nil:
		return state{}, awserr.Wrap(ctx, err, "iam:GetLoginProfile", c.on.arn())
	case out == nil || out.LoginProfile == nil || out.LoginProfile.CreateDate == nil:
		return state{}, fmt.Errorf("iam:GetLoginProfile on %q does not say when it was made", c.on.arn())
	}
	return state{Created: out.LoginProfile.CreateDate.UTC().Format(time.RFC3339)}, nil
}

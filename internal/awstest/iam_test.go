package awstest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/remediate/iamfix"
)

var iamScenarios = []scenario{
	{service: "iam", name: "an access key made", reason: "it is deactivated, and kept as evidence", begin: madeKey},
	{service: "iam", name: "AdministratorAccess attached to a user", reason: "it is detached, and what else the user may stays", begin: attachedPolicy},
	{service: "iam", name: "a role given everything", reason: "the role's own policy is deleted, and given back byte for byte", begin: putPolicy},
	{service: "iam", name: "a policy made to allow everything", reason: "the former version is the default again, and the new one kept", begin: newVersion},
	{service: "iam", name: "a password given", reason: "it is deleted, and nothing can bring it back", begin: madePassword},
	{service: "iam", name: "a user who does what he should not", reason: "he is denied everything", begin: quarantinedUser},
	{service: "iam", name: "a session that does what it should not", reason: "the sessions of its role are revoked", begin: quarantinedRole},
}

// iamHome is the Region in which IAM's events arise.
const iamHome = "us-east-1"

const (
	everything = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
	little     = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}`
	trust      = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
)

var iamOptions = iamfix.Options{Interval: interval}

// An iamWorld is IAM as its owner, and as a remediator, call it.
type iamWorld struct{ owner, fixer *iam.Client }

func newIAM(t *testing.T, s *server) iamWorld {
	return iamWorld{iam.NewFromConfig(s.config(iamHome)), iam.NewFromConfig(s.strange(t, iamHome))}
}

// user makes a user.
func (w iamWorld) user(t *testing.T) (name string, caller object) {
	t.Helper()
	name = unique("user")
	made := must(w.owner.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))(t).User
	return name, object{"type": "IAMUser", "userName": name, "accountId": accountID, "arn": made.Arn, "principalId": made.UserId}
}

// role makes a role, which is returned as the caller in a session of it.
func (w iamWorld) role(t *testing.T) (name string, caller object) {
	t.Helper()
	name = unique("role")
	made := must(w.owner.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trust)}))(t).Role
	return name, object{
		"type": "AssumedRole", "accountId": accountID, "principalId": *made.RoleId + ":session",
		"arn": "arn:aws:sts::" + accountID + ":assumed-role/" + name + "/session",
		"sessionContext": object{"sessionIssuer": object{
			"type": "Role", "userName": name, "accountId": accountID, "arn": made.Arn, "principalId": made.RoleId,
		}},
	}
}

func iamCall(name string, request, response object) call {
	return call{service: "iam", name: name, region: iamHome, request: request, response: response}
}

func madeKey(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newIAM(t, s)
		user, _ = w.user(t)
	)
	return &incident{
		remediator: must(iamfix.NewAccessKey(w.fixer, w.fixer, &iamOptions))(t),
		attack: func() call {
			key := must(w.owner.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &user}))(t).AccessKey
			return iamCall("CreateAccessKey", object{"userName": user}, object{"accessKey": object{
				"accessKeyId": key.AccessKeyId, "status": "Active", "userName": user, "createDate": bodyDate(*key.CreateDate),
			}})
		},
		state: func() any {
			statuses := []string{}
			for _, key := range must(w.owner.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user}))(t).AccessKeyMetadata {
				statuses = append(statuses, string(key.Status))
			}
			return statuses
		},
		steps:   []string{"iam:UpdateAccessKey"},
		fixed:   []string{"Inactive"},
		reverts: true,
	}
}

// bodyDate returns a time as CloudTrail writes it in what IAM answered.
func bodyDate(at time.Time) string { return at.UTC().Format("Jan 2, 2006 3:04:05 PM") }

func attachedPolicy(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newIAM(t, s)
		user, _ = w.user(t)
	)
	attach := func(arn string) {
		must(w.owner.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &user, PolicyArn: &arn}))(t)
	}
	attach("arn:aws:iam::aws:policy/ReadOnlyAccess")
	return &incident{
		remediator: must(iamfix.NewAttachment(w.fixer, w.fixer, &iamfix.AttachmentOptions{Options: iamOptions, Reverter: w.fixer}))(t),
		attack: func() call {
			const arn = "arn:aws:iam::aws:policy/AdministratorAccess"
			attach(arn)
			return iamCall("AttachUserPolicy", object{"userName": user, "policyArn": arn}, nil)
		},
		state: func() any {
			names := []string{}
			for _, p := range must(w.owner.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &user}))(t).AttachedPolicies {
				names = append(names, *p.PolicyName)
			}
			return sorted(names, func(name string) string { return name })
		},
		steps:   []string{"iam:DetachUserPolicy"},
		reverts: true,
	}
}

func putPolicy(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newIAM(t, s)
		role, _ = w.role(t)
		policy  = "maintenance"
	)
	return &incident{
		remediator: must(iamfix.NewAttachment(w.fixer, w.fixer, &iamfix.AttachmentOptions{Options: iamOptions, Reverter: w.fixer}))(t),
		attack: func() call {
			document := everything
			must(w.owner.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &policy, PolicyDocument: &document}))(t)
			return iamCall("PutRolePolicy", object{"roleName": role, "policyName": policy, "policyDocument": document}, nil)
		},
		state: func() any {
			out, err := w.owner.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &policy})
			if absent(t, err, "NoSuchEntity") {
				return nil
			}
			return out.PolicyDocument
		},
		meddle: func() {
			must(w.owner.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &policy, PolicyDocument: aws.String(little)}))(t)
		},
		steps:   []string{"iam:DeleteRolePolicy"},
		reverts: true,
	}
}

func newVersion(t *testing.T, s *server) *incident {
	var (
		ctx  = t.Context()
		w    = newIAM(t, s)
		name = unique("policy")
		arn  = must(w.owner.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: aws.String(little)}))(t).Policy.Arn
	)
	return &incident{
		remediator: must(iamfix.NewPolicyVersion(w.fixer, w.fixer, &iamOptions))(t),
		attack: func() call {
			version := must(w.owner.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
				PolicyArn: arn, PolicyDocument: aws.String(everything), SetAsDefault: true,
			}))(t).PolicyVersion
			return iamCall("CreatePolicyVersion", object{"policyArn": arn, "policyDocument": everything, "setAsDefault": true},
				object{"policyVersion": object{"versionId": version.VersionId, "isDefaultVersion": true, "createDate": bodyDate(*version.CreateDate)}})
		},
		state: func() any {
			return must(w.owner.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(t).Policy.DefaultVersionId
		},
		steps:   []string{"iam:SetDefaultPolicyVersion"},
		reverts: true,
	}
}

func madePassword(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newIAM(t, s)
		user, _ = w.user(t)
	)
	return &incident{
		remediator: must(iamfix.NewLoginProfile(w.fixer, w.fixer, &iamOptions))(t),
		attack: func() call {
			made := must(w.owner.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{
				UserName: &user, Password: aws.String("correct horse battery staple"),
			}))(t).LoginProfile
			return iamCall("CreateLoginProfile", object{"userName": user, "passwordResetRequired": false},
				object{"loginProfile": object{"userName": user, "createDate": bodyDate(*made.CreateDate), "passwordResetRequired": false}})
		},
		state: func() any {
			_, err := w.owner.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &user})
			return !absent(t, err, "NoSuchEntity")
		},
		steps:  []string{"iam:DeleteLoginProfile"},
		oneWay: "nobody knows the password",
	}
}

func quarantinedUser(t *testing.T, s *server) *incident {
	w := newIAM(t, s)
	user, caller := w.user(t)
	in := w.quarantine(t, caller, func() []string {
		return must(w.owner.ListUserPolicies(t.Context(), &iam.ListUserPoliciesInput{UserName: &user}))(t).PolicyNames
	})
	in.steps, in.fixed = []string{"iam:PutUserPolicy"}, object{"friend": true, "policies": []string{iamfix.DenyPolicyName}}
	return in
}

func quarantinedRole(t *testing.T, s *server) *incident {
	w := newIAM(t, s)
	role, caller := w.role(t)
	in := w.quarantine(t, caller, func() []string {
		return must(w.owner.ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: &role}))(t).PolicyNames
	})
	in.steps, in.fixed = []string{"iam:PutRolePolicy"}, object{"friend": true, "policies": []string{iamfix.RevokePolicyName}}
	return in
}

// quarantine is the incident that the caller, who has policies of his own, makes a user.
func (w iamWorld) quarantine(t *testing.T, caller object, policies func() []string) *incident {
	var (
		ctx    = t.Context()
		friend = unique("friend")
	)
	return &incident{
		remediator: must(iamfix.NewQuarantine(w.fixer, w.fixer, &iamfix.QuarantineOptions{
			Options: iamOptions, Handles: []string{"iam:CreateUser"}, Reverter: w.fixer,
		}))(t),
		attack: func() call {
			must(w.owner.CreateUser(ctx, &iam.CreateUserInput{UserName: &friend}))(t)
			c := iamCall("CreateUser", object{"userName": friend}, object{"user": object{"userName": friend}})
			c.caller = caller
			return c
		},
		state: func() any {
			_, err := w.owner.GetUser(ctx, &iam.GetUserInput{UserName: &friend})
			return object{"friend": !absent(t, err, "NoSuchEntity"), "policies": policies()}
		},
		reverts: true,
	}
}

package s3fix

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
)

// A bucket is a bucket, where it is, and whose.
type bucket struct {
	partition string // "aws", "aws-cn", …
	region    string
	account   string // the account that must own it
	name      string
}

func (b bucket) arn() string { return "arn:" + b.partition + ":s3:::" + b.name }

// in makes a call in the bucket's Region.
func (b bucket) in(o *s3.Options) { o.Region = b.region }

// wrap returns err of a call that needs the action on b, with its meaning attached.
func (b bucket) wrap(ctx context.Context, err error, action string) error {
	return awserr.Wrap(ctx, err, action, b.arn())
}

// code returns the code of an error that S3 sent, or nothing.
func code(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// A request holds the members of requestParameters.
type request map[string]json.RawMessage

// parameters returns the members of a record's requestParameters; none if they are absent or null.
func parameters(raw json.RawMessage) (request, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var members request // a map, since a struct would take "BucketName" for "bucketName"
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("not an object: %w", err)
	}
	return members, nil
}

// hidden reports whether CloudTrail left the parameters out, as it does when they are too large.
func (q request) hidden() bool {
	_, omitted := q["omitted"]
	return omitted || len(q) == 0
}

// text returns the member of that name if it is a string; records of 2019 have some strings in an
// array of one.
func (q request) text(name string) (string, bool) {
	var (
		one  *string
		many []string
	)
	if err := json.Unmarshal(q[name], &one); err == nil && one != nil {
		return *one, true
	}
	if err := json.Unmarshal(q[name], &many); err == nil && len(many) == 1 {
		return many[0], true
	}
	return "", false
}

// bucketOf returns the bucket whose setting rec says was changed. What the caller wrote is taken for
// a bucket only if nothing says that it is of another account, Region or partition.
func bucketOf(e *event.Event, rec *event.Record, params request) (bucket, error) {
	name, err := bucketName(rec, params)
	if err != nil {
		return bucket{}, err
	}
	b, err := place(e, rec)
	if err != nil {
		return bucket{}, err
	}
	b.name = name
	if err := b.checkName(); err != nil {
		return bucket{}, fmt.Errorf("the bucket that was changed: %w", err)
	}
	for _, res := range rec.Resources {
		if res.ARN == b.arn() && res.AccountID != "" && res.AccountID != b.account {
			return bucket{}, refuse("the bucket %q is of account %.20q, not of the event's account %q", b.name, res.AccountID, b.account)
		}
	}
	if where := location(params); where != "" && where != b.region {
		return bucket{}, refuse("the bucket %q was created in %.40q, not in the event's Region %q", b.name, where, b.region)
	}
	return b, nil
}

// place returns where an event is of, as a bucket without a name.
func place(e *event.Event, rec *event.Record) (bucket, error) {
	region := cmp.Or(rec.AWSRegion, e.Region)
	b := bucket{
		partition: awsplace.Partition(rec.UserIdentity.ARN, region),
		region:    region,
		account:   cmp.Or(rec.RecipientAccountID, e.Account),
	}
	if err := b.checkPlace(); err != nil {
		return bucket{}, err
	}
	if b.account != e.Account {
		return bucket{}, refuse("the record is of account %.20q and the event of account %.20q", b.account, e.Account)
	}
	if b.region != e.Region {
		return bucket{}, refuse("the record is of Region %.40q and the event of Region %.40q", b.region, e.Region)
	}
	return b, nil
}

// bucketName returns the name of the bucket: that of the request or, when CloudTrail left the
// request out, that of the only bucket among the resources.
func bucketName(rec *event.Record, params request) (string, error) {
	if name, ok := params.text("bucketName"); ok {
		return name, nil
	}
	if raw, ok := params["bucketName"]; ok {
		return "", fmt.Errorf("detail.requestParameters.bucketName is not a string: %.200q", string(raw))
	}
	var names []string
	for _, res := range rec.Resources {
		if a, err := arn.Parse(res.ARN); err == nil && a.Service == "s3" && a.Region == "" && !strings.Contains(a.Resource, "/") {
			names = append(names, a.Resource)
		}
	}
	if len(names) != 1 {
		return "", errors.New("detail.requestParameters has no bucketName, so the bucket is unknown")
	}
	return names[0], nil
}

// location returns the Region that a CreateBucket asked for; empty if it asked for none. EU is an
// old name of eu-west-1.
func location(params request) string {
	var config struct{ LocationConstraint string }
	if json.Unmarshal(params["CreateBucketConfiguration"], &config) != nil {
		return ""
	}
	if config.LocationConstraint == "EU" {
		return "eu-west-1"
	}
	return config.LocationConstraint
}

// nameSyntax is that of the names of buckets as S3's user guide has it, with the capitals,
// underscores and up to 255 characters that us-east-1 once allowed.
var nameSyntax = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$`)

// notBuckets holds the endings of names that are of something else, which S3 reserves: aliases of
// access points, and directory buckets.
var notBuckets = []string{"-s3alias", "--ol-s3", "--x-s3", "--xa-s3", ".mrap", "--table-s3"}

func (b bucket) check() error { return errors.Join(b.checkPlace(), b.checkName()) }

func (b bucket) checkPlace() error {
	switch {
	case !awsplace.IsPartition(b.partition):
		return fmt.Errorf("%.40q is not a partition", b.partition)
	case !awsplace.IsRegion(b.region):
		return fmt.Errorf("%.40q is not a Region", b.region)
	case !awsplace.IsAccount(b.account):
		return fmt.Errorf("%.20q is not the twelve digits of an account", b.account)
	}
	return nil
}

func (b bucket) checkName() error {
	if !nameSyntax.MatchString(b.name) {
		return fmt.Errorf("%.200q is not a name that a bucket can have", b.name)
	}
	for _, ending := range notBuckets {
		if strings.HasSuffix(b.name, ending) {
			return fmt.Errorf("%.200q is not the name of a general purpose bucket: those never end in %q", b.name, ending)
		}
	}
	return nil
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}

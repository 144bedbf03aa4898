package deploytest

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// accountID is the account that everything happens in. MiniStack takes the account from an access
// key that looks like one; moto has one account.
const accountID = "123456789012"

// A region is one Region of the account in an emulator, by its APIs.
type region struct {
	name           string
	cloudFormation *cloudformation.Client
	cloudTrail     *cloudtrail.Client
	eventBridge    *eventbridge.Client
	s3             *s3.Client
	sns            *sns.Client
	sqs            *sqs.Client
}

func (e *emulator) region(name string) *region {
	cfg := aws.Config{
		Region:       name,
		BaseEndpoint: &e.URL,
		HTTPClient:   readAhead{http.DefaultTransport},
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} }, // an event must not be put twice
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accountID, SecretAccessKey: "secret"}, nil
		}),
	}
	return &region{
		name:           name,
		cloudFormation: cloudformation.NewFromConfig(cfg),
		cloudTrail:     cloudtrail.NewFromConfig(cfg),
		eventBridge:    eventbridge.NewFromConfig(cfg),
		s3:             s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }),
		sns:            sns.NewFromConfig(cfg),
		sqs:            sqs.NewFromConfig(cfg),
	}
}

package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/configfix"
	"github.com/countertrail/countertrail/remediate/ec2fix"
	"github.com/countertrail/countertrail/remediate/iamfix"
	"github.com/countertrail/countertrail/remediate/kmsfix"
	"github.com/countertrail/countertrail/remediate/s3fix"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// reads is how often a state is read in one go: what a log tells of, AWS has long since shown.
const reads = 1

// remediators returns those of this module. Each has a client to read with and, in the place of the
// one to write with, nil: it cannot change anything, whatever the mode and the credentials.
//
// One client for each service is enough: calls name the Region of the event.
func remediators(cfg aws.Config, quarantine []string) ([]remediate.Remediator, error) {
	trails := cloudtrail.NewFromConfig(cfg)
	all := []remediate.Remediator{
		trailfix.New(trails, nil, &trailfix.Options{Reads: reads}),
		trailfix.NewSettings(trails, nil, nil, &trailfix.Options{Reads: reads}),
		trailfix.NewSelectors(trails, nil, nil, &trailfix.Options{Reads: reads}),
		s3fix.New(s3.NewFromConfig(cfg), nil, &s3fix.Options{Reads: reads}),
		kmsfix.New(kms.NewFromConfig(cfg), nil, &kmsfix.Options{Reads: reads}),
		configfix.New(configservice.NewFromConfig(cfg), nil, &configfix.Options{Reads: reads}),
	}
	network, err := ec2Remediators(ec2.NewFromConfig(cfg))
	if err != nil {
		return nil, err
	}
	identities, err := iamRemediators(iam.NewFromConfig(cfg), quarantine)
	if err != nil {
		return nil, err
	}
	return append(append(all, network...), identities...), nil
}

func ec2Remediators(client *ec2.Client) ([]remediate.Remediator, error) {
	groups, err := ec2fix.NewGroups(client, nil, &ec2fix.GroupOptions{Reads: reads})
	if err != nil {
		return nil, err
	}
	sharing, err := ec2fix.NewSharing(client, nil, &ec2fix.SharingOptions{Reads: reads})
	if err != nil {
		return nil, err
	}
	return []remediate.Remediator{groups, sharing, ec2fix.NewNetwork(client)}, nil
}

// iamRemediators returns those of IAM. Nobody is put into quarantine unless calls are named for
// which callers are.
func iamRemediators(client *iam.Client, quarantine []string) ([]remediate.Remediator, error) {
	opts := iamfix.Options{Reads: reads}
	accessKey, err := iamfix.NewAccessKey(client, nil, &opts)
	if err != nil {
		return nil, err
	}
	attachment, err := iamfix.NewAttachment(client, nil, &iamfix.AttachmentOptions{Options: opts})
	if err != nil {
		return nil, err
	}
	loginProfile, err := iamfix.NewLoginProfile(client, nil, &opts)
	if err != nil {
		return nil, err
	}
	policyVersion, err := iamfix.NewPolicyVersion(client, nil, &opts)
	if err != nil {
		return nil, err
	}
	all := []remediate.Remediator{accessKey, attachment, loginProfile, policyVersion}
	if len(quarantine) == 0 {
		return all, nil
	}
	callers, err := iamfix.NewQuarantine(client, nil, &iamfix.QuarantineOptions{Options: opts, Handles: quarantine})
	if err != nil {
		return nil, err
	}
	return append(all, callers), nil
}

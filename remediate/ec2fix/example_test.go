package ec2fix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/ec2fix"
	"github.com/countertrail/countertrail/rule"
)

// fakeGroup stands in for a *ec2.Client. Its group has one rule, which opens SSH to everybody.
type fakeGroup struct {
	ec2fix.GroupReader
	ec2fix.GroupWriter
	closed bool
}

func (f *fakeGroup) DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	out := &ec2.DescribeSecurityGroupRulesOutput{}
	if !f.closed {
		out.SecurityGroupRules = []types.SecurityGroupRule{{
			SecurityGroupRuleId: aws.String("sgr-0123456789abcdef0"), GroupId: aws.String("sg-0a1b2c3d4e5f60718"),
			GroupOwnerId: aws.String("123456789012"), IsEgress: aws.Bool(false), IpProtocol: aws.String("tcp"),
			FromPort: aws.Int32(22), ToPort: aws.Int32(22), CidrIpv4: aws.String("0.0.0.0/0"),
		}}
	}
	return out, nil
}

func (f *fakeGroup) RevokeSecurityGroupIngress(context.Context, *ec2.RevokeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	f.closed = true
	return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true)}, nil
}

func Example() {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.10", "eventTime": %[1]q, "awsRegion": "eu-west-1",
			"eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeSecurityGroupIngress",
			"eventID": "6f8a1e0c-5f0e-4f4d-9a53-2c6b6cf7a001", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"groupId": "sg-0a1b2c3d4e5f60718"},
			"responseElements": {"_return": true, "securityGroupRuleSet": {"items": [{
				"groupOwnerId": "123456789012", "groupId": "sg-0a1b2c3d4e5f60718",
				"securityGroupRuleId": "sgr-0123456789abcdef0", "isEgress": false,
				"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"
			}]}}
		}
	}`, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}

	client := &fakeGroup{} // ec2.NewFromConfig(cfg)
	groups, err := ec2fix.NewGroups(client, client, nil)
	if err != nil {
		log.Fatal(err)
	}
	engine := remediate.NewEngine(&remediate.Options{
		Mode:    remediate.Enforce,
		MaxRisk: remediate.Medium, // to close a port can interrupt somebody's work
	})

	res := engine.Run(context.Background(), groups, rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan)
	fmt.Println("to undo it:", res.Plan.Steps[0].Inverse.Command)
	// Output:
	// verified
	// The group "sg-0a1b2c3d4e5f60718" was opened: revoke tcp 22 from 0.0.0.0/0 (the Internet, or too much of it).
	// 1. ec2:RevokeSecurityGroupIngress on "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0a1b2c3d4e5f60718" in eu-west-1
	// to undo it: aws ec2 authorize-security-group-ingress --group-id sg-0a1b2c3d4e5f60718 --ip-permissions '[{"FromPort":22,"IpProtocol":"tcp","IpRanges":[{"CidrIp":"0.0.0.0/0"}],"ToPort":22}]' --region eu-west-1
}

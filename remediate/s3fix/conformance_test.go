package s3fix_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/remediate/s3fix"
)

func TestConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"policy": func() *remediatetest.World {
			return world("PutBucketPolicy", putPolicy, func(c *cloud) { c.policy = publicPolicy })
		},
		"policy, all of it": func() *remediatetest.World {
			return world("PutBucketPolicy", putPolicy, func(c *cloud) {
				c.policy = `{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}`
			})
		},
		"ACL": func() *remediatetest.World {
			return world("PutBucketAcl", putACL, openACL)
		},
		"new bucket": func() *remediatetest.World {
			return world("CreateBucket", `{"bucketName":"example-bucket","x-amz-acl":"public-read"}`, openACL)
		},
		"block deleted": func() *remediatetest.World {
			return world("DeleteBucketPublicAccessBlock", deleteBlock, func(*cloud) {})
		},
		"block weakened": func() *remediatetest.World {
			return world("PutBucketPublicAccessBlock", putBlock, func(c *cloud) { c.block = blockWith(false) })
		},
		"block of the account": func() *remediatetest.World {
			return world("DeleteAccountPublicAccessBlock", `{"publicAccessBlock":""}`, func(*cloud) {})
		},
	}})
}

func openACL(c *cloud) {
	c.grants = append(c.grants,
		grantTo(allUsers, types.PermissionRead), grantTo(partnerID, types.PermissionRead), grantTo(everyoneIn, types.PermissionWriteAcp))
}

// world returns a world with a call that opened the bucket as open does.
func world(call, params string, open func(*cloud)) *remediatetest.World {
	c := newCloud()
	open(c)
	return &remediatetest.World{
		Remediator: s3fix.New(c, c, soon),
		Finding:    finding(call, params),
		State: func() any {
			c.mu.Lock()
			defer c.mu.Unlock()
			return []any{c.policy, c.grants, c.block}
		},
		Hook: c.hook,
		Meddle: func() { // somebody sets everything to something else
			c.policy = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"}]}`
			c.grants = append(c.grants, grantTo(logGroup, types.PermissionWrite))
			c.block = &types.PublicAccessBlockConfiguration{}
			*c.block = *blockWith(false)
			c.block.BlockPublicAcls = blockWith(true).BlockPublicAcls
		},
		Throttled: apiError("SlowDown"),
		Denied:    apiError("AccessDenied"),
	}
}

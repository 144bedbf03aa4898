package assume_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/assume"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// One remediator for the trails of all accounts that have the role.
func ExamplePerAccount() {
	var cfg aws.Config // config.LoadDefaultConfig(ctx)

	sessions, err := assume.New(sts.NewFromConfig(cfg), cfg, &assume.Options{
		Role:           assume.Role{Name: "security/countertrail"},
		SourceIdentity: "countertrail-bot",
	})
	if err != nil {
		log.Fatal(err)
	}
	restart, err := assume.PerAccount(sessions, func(cfg aws.Config) (remediate.Remediator, error) {
		trails := cloudtrail.NewFromConfig(cfg)
		return trailfix.New(trails, trails, nil), nil
	}, nil)
	if err != nil {
		log.Fatal(err)
	}
	opts := &remediate.Options{
		Mode: remediate.Enforce,
		Self: remediate.Self{SourceIdentity: "countertrail-bot"}, // the same in every account
	}
	fmt.Println(restart.Spec().Name, opts.Mode)
	// Output: trailfix enforce
}

// Clients for one account and Region, whose session can do no more than a policy says.
func ExampleSessions_Config() {
	ctx := context.Background()
	fake := newSTS() // sts.NewFromConfig(cfg)
	sessions, err := assume.New(fake, aws.Config{}, &assume.Options{
		Roles:          map[string]assume.Role{"123456789012": {Name: "auditor"}},
		SourceIdentity: "countertrail-bot",
	})
	if err != nil {
		log.Fatal(err)
	}
	policy := []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudtrail:DescribeTrails","Resource":"*"}]}`)
	for _, account := range []string{"123456789012", "210987654321"} {
		cfg, err := sessions.Config(ctx, account, "eu-west-1", policy)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("in", account, "and", cfg.Region) // cloudtrail.NewFromConfig(cfg)
	}
	// Output:
	// in 123456789012 and eu-west-1
	// assume: refused: there is no role for the account "210987654321" (guard scope)
}

// Command awsprovider stands in for Terraform's AWS provider where that cannot be had: it answers
// OpenTofu with the provider's published schema, so that `tofu validate` and `tofu plan` check a
// configuration against it. It knows nothing else of AWS: it accepts every value of the right type,
// plans what the configuration says, and cannot apply.
//
// The schema, as package awsschema has it, is in the JSON file that AWSPROVIDER_SCHEMA names.
package main

import (
	"encoding/json"
	"log"
	"os"

	tf "github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/countertrail/countertrail/internal/deploytest/awsschema"
)

func main() {
	p, err := newProvider()
	if err != nil {
		log.Fatal(err)
	}
	err = tf6server.Serve("registry.opentofu.org/hashicorp/aws", func() tf.ProviderServer { return p })
	if err != nil {
		log.Fatal(err)
	}
}

func newProvider() (*provider, error) {
	text, err := os.ReadFile(os.Getenv("AWSPROVIDER_SCHEMA"))
	if err != nil {
		return nil, err
	}
	var s awsschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	return &provider{schema: response(&s)}, nil
}

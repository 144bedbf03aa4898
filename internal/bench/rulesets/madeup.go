package rulesets

import (
	"fmt"
	"strings"
)

var (
	verbs = strings.Fields(`Create Delete Update Put Attach Detach Associate Disassociate Enable Disable Start
		Stop Modify Describe List Get Register Deregister Tag Untag Accept Reject Batch
		Cancel Copy Export Import Restore Reset Send`)
	nouns = strings.Fields(`Account Address Alarm Alias Application Archive Assessment Backup Bucket Build
		Bundle Certificate Channel Cluster Command Component Configuration Connection
		Connector Container Dashboard Database Dataset Deployment Device Directory
		Distribution Document Domain Endpoint Environment Event Execution Fleet Function
		Gateway Group Host Image Index Instance Integration Job Key Layer Ledger License
		Listener Log Member Model Monitor Network Node Object Package Pipeline Policy Pool
		Portal Profile Project Queue Registry Replication Report Repository Resource Role
		Route Rule Schedule Schema Secret Service Session Snapshot Stack Stream Subnet Table
		Task Template Topic Trail User Vault Version Volume Workflow Workspace`)
)

// madeUpName returns a name that looks like that of a call. There are about 240,000.
func (r *rules) madeUpName() string { return r.one(verbs) + r.one(nouns) + r.one(nouns) }

// madeUpWord returns a name that looks like that of a role or another thing somebody has named.
func (r *rules) madeUpWord() string {
	return strings.ToLower(r.one(nouns)+"-"+r.one(nouns)) + fmt.Sprintf("-%03d", r.rand.IntN(1000))
}

// account returns the id of an account: one of the corpus, or another.
func (r *rules) account() string {
	if n := r.rand.IntN(8); n < 3 {
		return []string{"123456789012", "111122223333", "444455556666"}[n]
	}
	return fmt.Sprintf("%012d", r.rand.Int64N(1e12))
}

func (r *rules) address() string {
	return fmt.Sprintf("10.%d.%d.%d", r.rand.IntN(256), r.rand.IntN(256), r.rand.IntN(256))
}

func (r *rules) one(choices []string) string { return choices[r.rand.IntN(len(choices))] }

package rule

// A State says which CloudTrail management events EventBridge offers to a rule. Values are
// those of the State parameter of PutRule.
type State string

const (
	// Enabled rules are offered no read-only management events (List, Get, Describe, AssumeRole
	// and the like).
	Enabled State = "ENABLED"
	// EnabledAll rules are offered read-only management events as well.
	EnabledAll State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	// Disabled rules are offered nothing.
	Disabled State = "DISABLED"
)

var states = []State{Enabled, EnabledAll, Disabled}

package deploy

import (
	"cmp"
	"time"

	"github.com/countertrail/countertrail/rule"
)

// A Stack is what is deployed in a Region: rules, whom they alert, and what watches over both. One
// Stack serves every Region of every account. It is plain data; its methods do not change it, and
// may be called concurrently while nobody else does.
type Stack struct {
	// Description says in a line what the stack is for. There is a default.
	Description string

	// Rules are deployed on the default event bus, in the state that each asks for and only in its
	// Regions. There must be one, and there can be 50: the policy of the dead-letter queue names
	// each, and has at most 8,192 bytes. More rules are several stacks.
	Rules []rule.Rule

	// Function is deployed to answer events. Nil means that there is none.
	Function *Function

	// Trail adds a trail of the stack's own, off until a parameter names its Region: rules go on
	// getting events when somebody stops the account's other trail. CloudTrail charges for the
	// second copy of management events.
	Trail bool
}

// A Function is a Lambda function for the runtime provided.al2023 on arm64, such as that of
// examples/lambda. It gets events as EventBridge has them.
//
// Its role may write its log, put what failed into its dead-letter queue, and do what Reads says.
// What Writes says is added where the parameter for the mode is "enforce"; it is "observe" unless
// somebody decides otherwise.
type Function struct {
	// Description says in a line what the function does. There is a default.
	Description string

	// Rules are the IDs of the rules whose events the function gets. They alert all the same: people
	// hear of an event also when the function fails on it.
	Rules []string

	// Reads and Writes are the permissions that the function needs to plan and to act.
	Reads, Writes []Statement

	// TopicVariable, RoleVariable and ModeVariable name the environment variables that hold the ARN
	// of the alerts' topic, the ARN of the function's role, and "observe" or "enforce". Empty means
	// that there is no such variable. The role may publish to the topic if there is one for it.
	TopicVariable, RoleVariable, ModeVariable string

	// Variables are further environment variables. They can be read by whoever may read the
	// function's configuration, so there is no secret among them.
	Variables map[string]string

	Memory  int           // in MB, 128 to 10,240; the default is 128
	Timeout time.Duration // whole seconds, up to 15 minutes; the default is a minute

	// Concurrency is how many instances may run at once unless a parameter says otherwise; the
	// default is 1, since budgets and claims are kept in the memory of one instance. -1 means no
	// limit. An account whose quota is 10 cannot reserve any.
	Concurrency int

	// LogDays is how long the log is kept: a number of days that CloudWatch Logs knows, such as 30,
	// 90 (the default) or 365.
	LogDays int
}

// A Statement allows actions on resources.
type Statement struct {
	// Sid names the statement in the policy: letters and digits, each name once.
	Sid string

	// Actions are IAM actions such as "cloudtrail:GetTrail", without wildcards.
	Actions []string

	// Resources are ARNs, or "*" where the actions know no resources. {partition}, {region} and
	// {account} stand for where the stack is deployed:
	// "arn:{partition}:cloudtrail:{region}:{account}:trail/*".
	Resources []string
}

// A File is a file of a Terraform module.
type File struct {
	Name string // without a directory, for example "rules.tf"
	Data []byte
}

// Defaults of [Function].
const (
	defaultMemory      = 128
	defaultTimeout     = time.Minute
	defaultConcurrency = 1
	defaultLogDays     = 90
)

// withDefaults returns s with the defaults filled in. The Function is a copy.
func (s *Stack) withDefaults() *Stack {
	c := *s
	if c.Description = line(c.Description, maxStackDescription); c.Description == "" {
		c.Description = "Countertrail: alerts on events of CloudTrail."
	}
	if s.Function == nil {
		return &c
	}
	f := *s.Function
	if f.Description = line(f.Description, maxFunctionDescription); f.Description == "" {
		f.Description = "Answers events of CloudTrail."
	}
	f.Memory = cmp.Or(f.Memory, defaultMemory)
	f.Timeout = cmp.Or(f.Timeout, defaultTimeout)
	f.Concurrency = cmp.Or(f.Concurrency, defaultConcurrency)
	f.LogDays = cmp.Or(f.LogDays, defaultLogDays)
	c.Function = &f
	return &c
}

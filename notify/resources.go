package notify

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	// maxResources bounds the list of a message. No call that the CIS controls watch names more
	// than a handful; a record of the 256 KB that EventBridge takes has room for thousands.
	maxResources = 100
	// maxResource is the length, in runes, of the longest ARN that the AWS APIs take.
	maxResource = 2048
)

// A param is where the body of a call names a resource: member names joined by dots, as CloudTrail
// spells them, and the kind that goes in front of a bare name. Ids like "sg-0a1b" tell their kind.
type param struct{ path, kind string }

// bodies says where the calls of the services that the CIS controls watch name their resources, in
// requestParameters and in responseElements. It goes by service, since calls of one service agree on
// what a member means.
var bodies = map[string]struct{ request, response []param }{
	"cloudtrail": {
		request:  []param{{"name", "trail/"}, {"trailName", "trail/"}},
		response: []param{{"trailARN", ""}},
	},
	"config": {
		request: []param{
			{"configurationRecorderName", "configuration-recorder/"}, {"configurationRecorder.name", "configuration-recorder/"},
			{"deliveryChannelName", "delivery-channel/"}, {"deliveryChannel.name", "delivery-channel/"},
		},
	},
	"ec2": {
		request: []param{
			{"groupId", ""}, {"groupName", "security-group/"}, {"ModifySecurityGroupRulesRequest.GroupId", ""},
			{"networkAclId", ""}, {"internetGatewayId", ""}, {"customerGatewayId", ""}, {"routeTableId", ""},
			{"associationId", ""}, {"vpcPeeringConnectionId", ""}, {"vpcId", ""}, {"peerVpcId", ""}, {"instanceId", ""},
		},
		response: []param{
			{"groupId", ""}, {"networkAcl.networkAclId", ""}, {"internetGateway.internetGatewayId", ""},
			{"customerGateway.customerGatewayId", ""}, {"routeTable.routeTableId", ""}, {"newAssociationId", ""},
			{"vpc.vpcId", ""}, {"vpcPeeringConnection.vpcPeeringConnectionId", ""},
		},
	},
	"iam": {
		request: []param{
			{"userName", "user/"}, {"roleName", "role/"}, {"groupName", "group/"}, {"policyArn", ""}, {"policyName", "policy/"},
		},
		// A user who makes a key for himself sends no name.
		response: []param{{"policy.arn", ""}, {"accessKey.userName", "user/"}},
	},
	"kms": {
		request: []param{{"keyId", "key/"}},
	},
	"organizations": {
		request: []param{
			{"policyId", ""}, {"targetId", ""}, {"target.id", ""}, {"accountId", "account/"}, {"sourceParentId", ""},
			{"destinationParentId", ""}, {"organizationalUnitId", ""}, {"parentId", ""}, {"rootId", ""}, {"handshakeId", ""},
		},
		response: []param{
			{"policy.policySummary.id", ""}, {"organizationalUnit.id", ""}, {"handshake.id", ""}, {"createAccountStatus.id", ""},
		},
	},
	"s3": {
		request: []param{{"bucketName", ""}},
	},
}

// addResources lists what the event of f is about: the resources that the envelope and the record
// name, and those that the bodies of the call do.
func (m *Message) addResources(f rule.Finding) {
	m.Resources = []string{} // not null in JSON
	seen := make(map[string]bool)
	var more int
	add := func(name string) {
		switch {
		case name == "" || hidden(name) || seen[name]:
			return
		case len(m.Resources) == maxResources:
			more++
		default:
			m.Resources = append(m.Resources, clip(name, maxResource))
		}
		seen[name] = true
	}
	if f.Event != nil {
		for _, arn := range f.Event.Resources {
			add(arn)
		}
	}
	if rec := f.Record; rec != nil {
		for _, r := range rec.Resources {
			add(r.ARN)
		}
		for _, name := range bodyResources(rec) {
			if !named(m.Resources, name) {
				add(name)
			}
		}
	}
	if more > 0 {
		m.note("%d more resources are not listed", more)
	}
}

// bodyResources returns the resources that the bodies of the call name, those with an ARN first.
func bodyResources(rec *event.Record) []string {
	service, _, _ := strings.Cut(rec.EventSource, ".")
	where := bodies[service]
	var arns, names []string
	find := func(body json.RawMessage, params []param) {
		if len(params) == 0 {
			return
		}
		members := object(body)
		for _, p := range params {
			switch name := lookUp(members, p.path); {
			case name == "" || hidden(name):
			case isARN(name):
				arns = append(arns, name)
			default:
				names = append(names, p.kind+name)
			}
		}
	}
	find(rec.RequestParameters, where.request)
	find(rec.ResponseElements, where.response)
	return append(arns, names...)
}

// named reports whether one of arns is the full name of name, which is in their last part.
func named(arns []string, name string) bool {
	return slices.ContainsFunc(arns, func(arn string) bool {
		return isARN(arn) && strings.HasSuffix(arn, ":"+name)
	})
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// object returns the members of a body that is a JSON object, and nil for any other: bodies are
// null, strings or absent as well.
func object(body json.RawMessage) map[string]any {
	var members map[string]any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber() // an account id is a number in some records
	if dec.Decode(&members) != nil {
		return nil
	}
	return members
}

// lookUp returns the string or number at path, or nothing.
func lookUp(members map[string]any, path string) string {
	first, rest, nested := strings.Cut(path, ".")
	switch v := members[first].(type) {
	case map[string]any:
		if nested {
			return lookUp(v, rest)
		}
	case string:
		if !nested {
			return v
		}
	case json.Number:
		if !nested {
			return v.String()
		}
	}
	return ""
}

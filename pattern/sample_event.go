package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A sampleNode is a value of an event that is being made: an object if json is empty.
type sampleNode struct {
	key     string
	json    string
	fixed   bool // set by the pattern
	members []*sampleNode
}

const (
	baseEnvelope = `{
		"version": "0",
		"id": "0f9d2c1e-7b5a-4a86-9c37-1d2e3f405162",
		"detail-type": "Example",
		"source": "com.example",
		"account": "123456789012",
		"time": "2026-01-02T03:04:05Z",
		"region": "us-east-1",
		"resources": [],
		"detail": {}
	}`

	baseAPICall = `{
		"eventVersion": "1.11",
		"userIdentity": {
			"type": "IAMUser",
			"principalId": "AIDAEXAMPLEALICE",
			"arn": "arn:aws:iam::123456789012:user/alice",
			"accountId": "123456789012",
			"accessKeyId": "AKIAIOSFODNN7EXAMPLE",
			"userName": "alice"
		},
		"eventTime": "2026-01-02T03:04:05Z",
		"eventSource": "iam.amazonaws.com",
		"eventName": "CreateUser",
		"awsRegion": "us-east-1",
		"sourceIPAddress": "203.0.113.10",
		"userAgent": "aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0 exe/x86_64",
		"requestParameters": null,
		"responseElements": null,
		"requestID": "b1946ac9-2492-4d23-8c3e-6f0a1b2c3d4e",
		"eventID": "2c6ee24b-0943-4a3c-9f53-9d2e1c0b7a68",
		"readOnly": false,
		"eventType": "AwsApiCall",
		"managementEvent": true,
		"recipientAccountId": "123456789012",
		"eventCategory": "Management"
	}`

	baseSignIn = `{
		"eventVersion": "1.11",
		"userIdentity": {
			"type": "IAMUser",
			"principalId": "AIDAEXAMPLEALICE",
			"arn": "arn:aws:iam::123456789012:user/alice",
			"accountId": "123456789012",
			"userName": "alice"
		},
		"eventTime": "2026-01-02T03:04:05Z",
		"eventSource": "signin.amazonaws.com",
		"eventName": "ConsoleLogin",
		"awsRegion": "us-east-1",
		"sourceIPAddress": "203.0.113.10",
		"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"requestParameters": null,
		"responseElements": {"ConsoleLogin": "Success"},
		"additionalEventData": {
			"LoginTo": "https://console.aws.amazon.com/console/home",
			"MobileVersion": "No",
			"MFAUsed": "No"
		},
		"eventID": "2c6ee24b-0943-4a3c-9f53-9d2e1c0b7a68",
		"readOnly": false,
		"eventType": "AwsConsoleSignIn",
		"managementEvent": true,
		"recipientAccountId": "123456789012",
		"eventCategory": "Management"
	}`
)

// recordTypes are the event types in records, by what the detail type, which may be quoted, begins with.
var recordTypes = []struct{ detailType, eventType string }{
	{"AWS Console Action", "AwsConsoleAction"},
	{"AWS Service Event", "AwsServiceEvent"},
	{"AWS Insight", "AwsCloudTrailInsight"},
	{"AWS Network Activity", "AwsVpceEvent"},
}

// baseEvent returns the event to start from, for a detail type, which may be JSON. If it is empty, there is no detail.
func baseEvent(detailType string) *sampleNode {
	root := parseNode("", baseEnvelope)
	detailType = strings.Trim(detailType, `"`)
	if detailType == "" {
		return root
	}
	record := baseAPICall
	source := "aws.iam"
	if strings.Contains(strings.ToLower(detailType), "sign") {
		record = baseSignIn
		source = "aws.signin"
	}
	root.set("detail-type", jsonString(detailType), false)
	root.set("source", jsonString(source), false)
	detail := root.members[len(root.members)-1]
	detail.members = parseNode("", record).members
	for _, t := range recordTypes {
		if strings.HasPrefix(detailType, t.detailType) {
			root.set("detail.eventType", jsonString(t.eventType), false)
		}
	}
	return root
}

// parseNode reads JSON that is known to be valid.
func parseNode(key, text string) *sampleNode {
	n := &sampleNode{key: key}
	if text[0] != '{' {
		n.json = text
		return n
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.Token() // the brace
	for dec.More() {
		name, _ := dec.Token()
		var v json.RawMessage
		dec.Decode(&v)
		n.members = append(n.members, parseNode(name.(string), string(v)))
	}
	return n
}

func (n *sampleNode) clone() *sampleNode {
	c := *n
	c.members = make([]*sampleNode, len(n.members))
	for i, m := range n.members {
		c.members[i] = m.clone()
	}
	return &c
}

// get returns the JSON of the scalar or array at a path, or "".
func (n *sampleNode) get(path string) string {
	for _, m := range n.members {
		if m.key == path {
			return m.json
		}
		if rest, ok := strings.CutPrefix(path, m.key+"."); ok {
			if json := m.get(rest); json != "" {
				return json
			}
		}
	}
	return ""
}

// set puts a value at a path. Nothing that the pattern has set is lost: where one of its values is in the way, the rest of the
// path becomes one key with dots, which is the same path to EventBridge.
func (n *sampleNode) set(path, text string, fixed bool) {
	for _, m := range n.members {
		if m.key == path {
			if fixed || !m.fixed {
				*m = sampleNode{key: path, json: text, fixed: fixed}
			}
			return
		}
	}
	for _, m := range n.members {
		rest, ok := strings.CutPrefix(path, m.key+".")
		if !ok || m.json != "" && m.fixed || plainKeys(m.key) && !plainKeys(rest) {
			continue
		}
		m.json = ""
		m.set(rest, text, fixed)
		return
	}
	leaf := &sampleNode{key: path, json: text, fixed: fixed}
	blocked := slices.ContainsFunc(n.members, func(m *sampleNode) bool { return strings.HasPrefix(path, m.key+".") })
	if !blocked && plainKeys(path) {
		keys := strings.Split(path, ".")
		leaf.key = keys[len(keys)-1]
		for i := len(keys) - 2; i >= 0; i-- {
			leaf = &sampleNode{key: keys[i], members: []*sampleNode{leaf}}
		}
	}
	n.members = append(n.members, leaf)
}

// plainKeys reports whether none of the keys of a path is empty.
func plainKeys(path string) bool {
	return path != "" && path[0] != '.' && path[len(path)-1] != '.' && !strings.Contains(path, "..")
}

// remove takes away the value at a path, if there is one.
func (n *sampleNode) remove(path string) {
	n.members = slices.DeleteFunc(n.members, func(m *sampleNode) bool {
		if m.key == path {
			return m.json != "" && !m.fixed
		}
		if rest, ok := strings.CutPrefix(path, m.key+"."); ok && m.json == "" {
			m.remove(rest)
		}
		return false
	})
}

func (n *sampleNode) indented() []byte {
	var compact, b bytes.Buffer
	n.write(&compact)
	if err := json.Indent(&b, compact.Bytes(), "", "  "); err != nil {
		panic("pattern: sample is not JSON: " + err.Error()) // all of it comes from JSON
	}
	return append(b.Bytes(), '\n')
}

func (n *sampleNode) write(b *bytes.Buffer) {
	if n.json != "" {
		b.WriteString(n.json)
		return
	}
	b.WriteByte('{')
	for i, m := range n.members {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsonKey(m.key) + ":")
		m.write(b)
	}
	b.WriteByte('}')
}

// jsonKey returns a key as JSON. Half a surrogate pair, which a path holds in the way of WTF-8, becomes the escape that it was.
func jsonKey(key string) string {
	if utf8.ValidString(key) {
		return jsonString(key)
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(key); {
		r, size := utf8.DecodeRuneInString(key[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\u%04x`, rune(key[i]&0xf)<<12|rune(key[i+1]&0x3f)<<6|rune(key[i+2]&0x3f))
			i += 3
			continue
		}
		quoted := jsonString(key[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
		i += size
	}
	b.WriteByte('"')
	return b.String()
}

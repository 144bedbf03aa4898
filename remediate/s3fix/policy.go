package s3fix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A policy is a bucket's policy as S3 returns it; without a document, there is none.
type policy struct {
	Document string `json:"document"`
}

// policies is the policy of a bucket.
var policies = &setting{
	name:   "policy",
	read:   readPolicy,
	decode: decodeAs[policy],
	open:   "the bucket %q is open to the public",
	fine:   "the policy of the bucket %q makes nothing public",
	opened: opensPolicy,
	shut:   func(k block) bool { return k.RestrictPublicBuckets },
}

// opensPolicy reports whether a PutBucketPolicy sets a policy with a public statement, or one that
// cannot be read.
func opensPolicy(q request) bool {
	document, ok := q.text("bucketPolicy") // of a policy that CloudTrail could not parse
	if !ok {
		document = string(q["bucketPolicy"])
	}
	_, removed, err := policy{document}.tighten()
	return document == "" || removed != "" || err != nil
}

func readPolicy(ctx context.Context, r Reader, b bucket) (state, error) {
	out, err := r.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{
		Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
	}, b.in)
	if code(err) == "NoSuchBucketPolicy" {
		return policy{}, nil
	}
	if err != nil {
		return nil, b.wrap(ctx, err, actionGetPolicy)
	}
	if out == nil || aws.ToString(out.Policy) == "" {
		return nil, fmt.Errorf("%s on %q returned no policy", actionGetPolicy, b.arn())
	}
	if !utf8.ValidString(*out.Policy) {
		return nil, fmt.Errorf("%s on %q returned a policy that is not UTF-8", actionGetPolicy, b.arn())
	}
	return policy{*out.Policy}, nil
}

// tighten cuts the public statements out of the document. What is left keeps its bytes, and so does
// the space before each statement that stays.
func (p policy) tighten() (state, string, error) {
	if p.Document == "" {
		return p, "", nil
	}
	statements, single, err := statementsOf(p.Document)
	if err != nil {
		return nil, "", err
	}
	var (
		kept    strings.Builder
		keeps   bool
		removed []string
		last    int // where what was copied or cut so far ends
	)
	for i, s := range statements {
		public, sid, err := s.public()
		if err != nil {
			return nil, "", fmt.Errorf("statement %d: %w", i+1, err)
		}
		switch {
		case public && sid != "":
			removed = append(removed, fmt.Sprintf("statement %d (%.64q)", i+1, sid))
		case public:
			removed = append(removed, fmt.Sprintf("statement %d", i+1))
		case keeps:
			kept.WriteString(p.Document[last:s.end])
			keeps = true
		default: // the first to stay comes where the first of all was
			kept.WriteString(p.Document[:statements[0].start])
			kept.WriteString(s.text)
			keeps = true
		}
		last = s.end
	}
	switch {
	case len(removed) == 0:
		return p, "", nil
	case single, !keeps:
		return policy{}, "the whole policy, " + list(removed), nil
	}
	kept.WriteString(p.Document[last:])
	return policy{kept.String()}, list(removed) + " of the policy", nil
}

// equal compares the documents but for white space, which S3 does not promise to keep.
func (p policy) equal(s state) bool {
	other, ok := s.(policy)
	return ok && compacted(p.Document) == compacted(other.Document)
}

func compacted(document string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(document)) != nil {
		return document
	}
	return b.String()
}

// policyInput is the input of PutBucketPolicy and, without a policy, of DeleteBucketPolicy.
type policyInput struct {
	Bucket              string
	ExpectedBucketOwner string
	Policy              string `json:",omitempty"`
}

func (p policy) call(b bucket) call {
	input := policyInput{b.name, b.account, p.Document}
	if p.Document == "" {
		return call{
			action:  actionDeletePolicy,
			args:    input,
			command: []string{"delete-bucket-policy"},
			do: func(ctx context.Context, w Writer) error {
				_, err := w.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{
					Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
				}, b.in)
				return err
			},
		}
	}
	return call{
		action:  actionPutPolicy,
		args:    input,
		command: []string{"put-bucket-policy", "--policy", p.Document},
		do: func(ctx context.Context, w Writer) error {
			_, err := w.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account), Policy: aws.String(p.Document),
			}, b.in)
			return err
		},
	}
}

// A part is a member of an object or an element of an array, by the place of its text.
type part struct {
	name       string // of a member
	text       string
	start, end int
}

// parts returns the members of the object, or the elements of the array, that text is. A name that
// stands there twice is an error: which of the two counts is for nobody to guess.
func parts(text string, open json.Delim) ([]part, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if tok, err := dec.Token(); err != nil || tok != open {
		return nil, fmt.Errorf("it does not begin with %s", open)
	}
	var list []part
	seen := make(map[string]bool)
	for dec.More() {
		var p part
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return nil, err
			}
			p.name = tok.(string) // the decoder lets nothing else stand here
			if seen[p.name] {
				return nil, fmt.Errorf("the member %.64q stands there twice", p.name)
			}
			seen[p.name] = true
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, err
		}
		p.text, p.end = string(raw), int(dec.InputOffset())
		p.start = p.end - len(raw)
		list = append(list, p)
	}
	if _, err := dec.Token(); err != nil { // the closing bracket
		return nil, errors.New("it has no end")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the end")
	}
	return list, nil
}

// members returns the members of the object that text is, by name.
func members(text string) (map[string]string, error) {
	list, err := parts(text, '{')
	if err != nil {
		return nil, err
	}
	byName := make(map[string]string, len(list))
	for _, p := range list {
		byName[p.name] = p.text
	}
	return byName, nil
}

// A statement is one statement of a policy, by its place in the document.
type statement struct{ part }

// statementsOf returns the statements of a document. Single says that its Statement is one object
// rather than an array.
func statementsOf(document string) (list []statement, single bool, err error) {
	top, err := parts(document, '{')
	if err != nil {
		return nil, false, err
	}
	for _, p := range top {
		if p.name != "Statement" {
			continue
		}
		if strings.HasPrefix(p.text, "{") {
			return []statement{{p}}, true, nil
		}
		elements, err := parts(p.text, '[')
		if err != nil {
			return nil, false, fmt.Errorf("the Statement: %w", err)
		}
		for _, e := range elements {
			e.start, e.end = e.start+p.start, e.end+p.start
			list = append(list, statement{e})
		}
		return list, false, nil
	}
	return nil, false, errors.New("it has no Statement")
}

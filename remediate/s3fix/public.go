package s3fix

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// public reports whether s grants something to everyone, as the package documentation has it, and
// returns its Sid.
func (s statement) public() (public bool, sid string, err error) {
	m, err := members(s.text)
	if err != nil {
		return false, "", err
	}
	effect, err := values(m["Effect"])
	if err != nil || len(effect) != 1 {
		return false, "", fmt.Errorf("the Effect is not a string: %.100q", m["Effect"])
	}
	if sids, err := values(m["Sid"]); err == nil && len(sids) == 1 {
		sid = sids[0]
	}
	switch effect[0] {
	case "Deny":
		return false, sid, nil
	case "Allow":
	default:
		return false, "", fmt.Errorf("the Effect is neither Allow nor Deny: %.100q", effect[0])
	}
	everyone, err := grantsEveryone(m)
	if err != nil || !everyone {
		return false, sid, err
	}
	narrow, err := narrows(m["Condition"])
	if err != nil {
		return false, "", fmt.Errorf("the Condition: %w", err)
	}
	return !narrow, sid, nil
}

// grantsEveryone reports whether the principals of a statement that allows are not all fixed.
func grantsEveryone(m map[string]string) (bool, error) {
	if _, ok := m["NotPrincipal"]; ok {
		return true, nil // all but some
	}
	principal, ok := m["Principal"]
	if !ok {
		return false, errors.New("it has neither Principal nor NotPrincipal")
	}
	byType := map[string]string{"": principal} // "*"
	if strings.HasPrefix(principal, "{") {
		var err error
		if byType, err = members(principal); err != nil {
			return false, fmt.Errorf("the Principal: %w", err)
		}
	}
	for _, raw := range byType {
		names, err := values(raw)
		if err != nil {
			return false, fmt.Errorf("the Principal: %w", err)
		}
		for _, name := range names {
			if !fixed(name) {
				return true, nil
			}
		}
	}
	return false, nil
}

// narrows reports whether one of the conditions narrows a grant down to fixed values. All have to
// hold for a grant to take effect, so one is enough.
func narrows(condition string) (bool, error) {
	if condition == "" {
		return false, nil
	}
	byOperator, err := members(condition)
	if err != nil {
		return false, err
	}
	for operator, raw := range byOperator {
		keys, err := members(raw)
		if err != nil {
			return false, fmt.Errorf("%.64q: %w", operator, err)
		}
		for key, raw := range keys {
			list, err := values(raw)
			if err != nil {
				return false, fmt.Errorf("%.64q: %.64q: %w", operator, key, err)
			}
			if narrowsTo(operator, strings.ToLower(key), list) {
				return true, nil // IAM takes the names of keys in any case
			}
		}
	}
	return false, nil
}

// operators holds what compares a key with values of which one has to be met. The others are
// satisfied by any value but the ones they name, or by a key that the request does not have.
var operators = map[string]bool{
	"StringEquals": true, "StringEqualsIgnoreCase": true, "StringLike": true, "ArnEquals": true, "ArnLike": true,
}

// narrowsTo reports whether a condition accepts nothing but fixed values of a key that tells who asks
// or from where.
func narrowsTo(operator, key string, list []string) bool {
	if len(list) == 0 {
		return false
	}
	is, ok := narrowKeys[key]
	if key == "aws:sourceip" {
		ok = operator == "IpAddress"
	} else {
		ok = ok && operators[strings.TrimPrefix(operator, "ForAnyValue:")]
	}
	if !ok {
		return false
	}
	for _, v := range list {
		if !is(v) {
			return false
		}
	}
	return true
}

// narrowKeys holds, in lower case, the condition keys by which a grant can be narrowed down, and
// what a value has to be. Those that S3's user guide does not name under "The meaning of public"
// stand apart.
var narrowKeys = map[string]func(string) bool{
	"aws:sourceip":              narrowAddresses,
	"aws:sourcearn":             fixed,
	"aws:sourcevpc":             fixed,
	"aws:sourcevpce":            fixed,
	"aws:sourceowner":           fixed,
	"aws:sourceaccount":         fixed,
	"aws:userid":                fixedOr(`^AROA[A-Z0-9]+:\*$`), // the sessions of one role
	"s3:dataaccesspointarn":     fixedOr(`^arn:aws[a-z-]*:s3:[a-z0-9-]*:[0-9]{12}:accesspoint/[^$]*$`),
	"s3:dataaccesspointaccount": fixed,

	// "An AWS principal, user, role, or service principal", for which the guide has one example,
	// aws:PrincipalOrgID.
	"aws:principalorgid":       fixed,
	"aws:principalorgpaths":    fixedOr(`^o-[a-z0-9]{10,32}/[^$]*$`), // below one organization
	"aws:principalarn":         fixed,
	"aws:principalaccount":     fixed,
	"aws:principalservicename": fixed,

	// The key of encryption, which the reference of PublicAccessBlockConfiguration names and the
	// guide no longer does: nobody writes without being let use the key.
	"s3:x-amz-server-side-encryption-aws-kms-key-id": fixed,

	// Younger relatives of aws:SourceAccount and aws:SourceVpce.
	"aws:sourceorgid":    fixed,
	"aws:sourceorgpaths": fixedOr(`^o-[a-z0-9]{10,32}/[^$]*$`),
	"aws:vpceaccount":    fixed,
	"aws:vpceorgid":      fixed,
	"aws:vpceorgpaths":   fixedOr(`^o-[a-z0-9]{10,32}/[^$]*$`),
}

// fixed reports whether a value has neither wildcards nor policy variables.
func fixed(v string) bool {
	return v != "" && !strings.ContainsAny(v, "*?") && !strings.Contains(v, "${")
}

// fixedOr returns a function that takes a value for fixed also if it has the given form.
func fixedOr(form string) func(string) bool {
	re := regexp.MustCompile(form)
	return func(v string) bool { return fixed(v) || re.MatchString(v) }
}

// narrowAddresses reports whether v is an address or a range that S3 does not call very broad: one
// no wider than /8 or, in IPv6, /32.
func narrowAddresses(v string) bool {
	if _, err := netip.ParseAddr(v); err == nil {
		return true
	}
	p, err := netip.ParsePrefix(v)
	if err != nil {
		return false
	}
	if p.Addr().Is4() {
		return p.Bits() >= 8
	}
	return p.Bits() >= 32
}

// values returns the string, or the strings of the array, that text is. Numbers and booleans, which
// conditions may have, are taken as their text.
func values(text string) ([]string, error) {
	if !strings.HasPrefix(text, "[") {
		v, err := scalar(text)
		return []string{v}, err
	}
	elements, err := parts(text, '[')
	if err != nil {
		return nil, err
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		if list[i], err = scalar(e.text); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// scalar returns the string, number or boolean that text is.
func scalar(text string) (string, error) {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return "", fmt.Errorf("not JSON: %.100q", text)
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, float64:
		return text, nil
	}
	return "", fmt.Errorf("neither a string nor a list of them: %.100q", text)
}

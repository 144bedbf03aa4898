package rulesets

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// asReal reports whether the next value is to be that of an event.
func (r *rules) asReal() bool { return r.rand.Float64() < r.real }

// event returns what is known of some event: a popular call comes up often.
func (r *rules) event() facts {
	for {
		if f := r.events[r.rand.IntN(len(r.events))]; f.eventName != "" && f.arn != "" {
			return f
		}
	}
}

// call returns a call: a real one, each as often as the others, or one that does not occur.
func (r *rules) call() facts {
	f := r.calls[r.rand.IntN(len(r.calls))]
	if !r.asReal() {
		f.eventName = r.madeUpName()
	}
	return f
}

// exact asks for one to four calls of a service.
func exact(r *rules) pattern {
	f := r.call()
	names := []any{f.eventName}
	for range r.rand.IntN(4) {
		names = append(names, r.madeUpName())
	}
	return pattern{"source": {f.source}, "detail.eventSource": {f.eventSource}, "detail.eventName": names}
}

// arnPrefix asks for a popular call by somebody of a role.
func arnPrefix(r *rules) pattern {
	f := r.event()
	p := fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s", r.account(), r.madeUpWord())
	if r.asReal() {
		p = f.arn[:strings.LastIndexByte(f.arn, '/')+1]
	}
	return pattern{"detail.eventName": {f.eventName}, "detail.userIdentity.arn": {op("prefix", p)}}
}

// arnSuffix asks for a service's calls in a session of some name.
func arnSuffix(r *rules) pattern {
	f := r.event()
	p := "/" + r.madeUpWord()
	if r.asReal() {
		p = f.arn[strings.LastIndexByte(f.arn, '/')+1:]
	}
	return pattern{
		"detail.eventSource": {f.eventSource}, "detail.eventName": {f.eventName},
		"detail.userIdentity.arn": {op("suffix", p)},
	}
}

// sourceAddress asks for a call from one to three addresses.
func sourceAddress(r *rules) pattern {
	f := r.event()
	addresses := []any{r.address()}
	if r.asReal() {
		addresses[0] = f.sourceAddress
	}
	for range r.rand.IntN(3) {
		addresses = append(addresses, r.address())
	}
	return pattern{
		"source": {f.source}, "detail.eventName": {f.eventName}, "detail.sourceIPAddress": addresses,
	}
}

// errorWildcard asks for a call that failed in a certain way.
func errorWildcard(r *rules) pattern {
	f := r.call()
	wildcards := []string{
		"*Denied*", "*.Unauthorized*", "*NotFound*", "Throttl*", "*Limit*Exceeded*", "Client.*", "*Exception",
	}
	return pattern{
		"source": {f.source}, "detail.eventName": {f.eventName},
		"detail.errorCode": {op("wildcard", wildcards[r.rand.IntN(len(wildcards))])},
	}
}

// anythingBut asks for a call by others than those who make it usually.
func anythingBut(r *rules) pattern {
	f := r.call()
	p := pattern{"source": {f.source}, "detail.eventName": {f.eventName}}
	if r.rand.IntN(2) == 0 {
		p["detail.sourceIPAddress"] = []any{op("anything-but", []any{f.sourceAddress, r.address()})}
	} else {
		usual := cmp.Or(f.identityType, "AWSService")
		p["detail.userIdentity.type"] = []any{op("anything-but", []any{usual, "AWSAccount"})}
	}
	return p
}

// nested asks for a call with a certain parameter.
func nested(r *rules) pattern {
	f := r.event()
	for len(f.texts) == 0 {
		f = r.event()
	}
	q := f.texts[r.rand.IntN(len(f.texts))]
	if !r.asReal() {
		q.value = r.madeUpWord()
	}
	return pattern{
		"detail.eventSource": {f.eventSource}, "detail.eventName": {f.eventName}, q.path: {q.value},
	}
}

// addressBlock asks for a call from a block of addresses.
func addressBlock(r *rules) pattern {
	f := r.event()
	block := fmt.Sprintf("10.%d.%d.0/%d", r.rand.IntN(256), r.rand.IntN(256), 20+r.rand.IntN(5))
	if r.asReal() {
		block = "203.0.113.0/27"
	}
	return pattern{
		"source": {f.source}, "detail.eventName": {f.eventName},
		"detail.sourceIPAddress": {op("cidr", block)},
	}
}

// numberRange asks for a call with a number in a range.
func numberRange(r *rules) pattern {
	f := r.event()
	for len(f.numbers) == 0 {
		f = r.event()
	}
	q := f.numbers[r.rand.IntN(len(f.numbers))]
	low := math.Min(math.Trunc(q.value.(float64)), 1e6)
	if !r.asReal() {
		low += 1e6 + float64(r.rand.IntN(1e6))
	}
	operand := []any{">=", low, "<", low + 10}
	return pattern{
		"detail.eventSource": {f.eventSource}, "detail.eventName": {f.eventName},
		q.path: {op("numeric", operand)},
	}
}

// ignoringCase asks for a call with a parameter, in whatever case.
func ignoringCase(r *rules) pattern {
	p := nested(r)
	for path, alternatives := range p {
		if strings.HasPrefix(path, "detail.requestParameters.") {
			p[path] = []any{op("equals-ignore-case", strings.ToUpper(alternatives[0].(string)))}
		}
	}
	return p
}

// anythingButPrefix asks for a call by others than those of some roles.
func anythingButPrefix(r *rules) pattern {
	f := r.call()
	prefixes := []any{"arn:aws:sts::" + r.account(), "arn:aws:iam::" + r.account()}
	return pattern{
		"source": {f.source}, "detail.eventName": {f.eventName},
		"detail.userIdentity.arn": {op("anything-but", op("prefix", prefixes))},
	}
}

// branches asks for a call, from somewhere or by somebody.
func branches(r *rules) pattern {
	f := r.call()
	return pattern{
		"source": {f.source}, "detail.eventName": {f.eventName},
		"$or": {
			pattern{"detail.sourceIPAddress": {op("cidr", "203.0.113.0/24")}}.object(),
			pattern{"detail.userIdentity.type": {"Root", "IAMUser"}}.object(),
			pattern{"detail.userIdentity.arn": {op("suffix", "/"+r.madeUpWord())}}.object(),
		},
	}
}

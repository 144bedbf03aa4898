package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

const (
	accountID = "123456789012"
	trailARN  = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
	keyID     = "AKIAI44QH8DHBEXAMPLE"
)

// A cloud is a fake AWS with one user, who has one access key, and one trail, over HTTP.
type cloud struct {
	mu      sync.Mutex
	status  string // of the key
	logging bool   // of the trail
	writes  []string
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		c.cloudTrail(w, target[strings.LastIndex(target, ".")+1:])
		return
	}
	c.iam(w, r)
}

func (c *cloud) cloudTrail(w http.ResponseWriter, call string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch call {
	case "GetTrail":
		fmt.Fprintf(w, `{"Trail":{"Name":"main","TrailARN":%q,"HomeRegion":"eu-west-1"}}`, trailARN)
	case "GetTrailStatus":
		fmt.Fprintf(w, `{"IsLogging":%t}`, c.logging)
	case "StartLogging", "StopLogging":
		c.writes = append(c.writes, call)
		c.logging = call == "StartLogging"
		fmt.Fprint(w, `{}`)
	default:
		http.Error(w, `{"__type":"UnknownOperationException"}`, http.StatusBadRequest)
	}
}

func (c *cloud) iam(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	call := r.PostFormValue("Action")
	var result string
	switch call {
	case "GetUser":
		result = "<User><UserName>alice</UserName><UserId>AIDAEXAMPLE</UserId><Path>/</Path>" +
			"<Arn>arn:aws:iam::" + accountID + ":user/alice</Arn></User>"
	case "ListAccessKeys":
		result = "<IsTruncated>false</IsTruncated><AccessKeyMetadata><member><UserName>alice</UserName>" +
			"<AccessKeyId>" + keyID + "</AccessKeyId><Status>" + c.status + "</Status></member></AccessKeyMetadata>"
	case "UpdateAccessKey":
		c.status = r.PostFormValue("Status")
		c.writes = append(c.writes, call+" "+c.status)
	default:
		http.Error(w, "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>`, call, result)
}

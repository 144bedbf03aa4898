package cloudtrail

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed names.txt
var namesText string

// A source is what is known of one event source.
type source struct {
	names   map[string]bool
	renamed map[string]string // the name of an operation: the name in a record
}

var sources = sync.OnceValue(func() map[string]source {
	all := make(map[string]source)
	var s source
	for line := range strings.Lines(namesText) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case line[0] != '\t':
			s = source{make(map[string]bool), make(map[string]string)}
			all[line] = s
		default:
			for _, word := range strings.Fields(line) {
				if from, to, ok := strings.Cut(word, ">"); ok {
					s.renamed[from] = to
				} else {
					s.names[word] = true
				}
			}
		}
	}
	return all
})

// KnowsSource reports whether the event names of an event source, such as "iam.amazonaws.com", are known.
func KnowsSource(eventSource string) bool {
	_, ok := sources()[eventSource]
	return ok
}

// versioned matches what some services append to a name: CreateFunction20150331v2.
var versioned = regexp.MustCompile(`\d{4}_?\d{2}_?\d{2}(v\d+)?$`)

// KnowsName reports whether the event source records events of a name. A date and version at the end do not count.
func KnowsName(eventSource, name string) bool {
	s := sources()[eventSource]
	return s.names[name] || s.names[versioned.ReplaceAllString(name, "")]
}

// Renamed returns the name under which the event source records an operation, if that is not the operation's own.
func Renamed(eventSource, operation string) string { return sources()[eventSource].renamed[operation] }

// Names returns the event names of an event source, sorted.
func Names(eventSource string) []string {
	var names []string
	for name := range sources()[eventSource].names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// SourcesOf returns the event sources that record events of a name, sorted.
func SourcesOf(name string) []string {
	var all []string
	for eventSource := range sources() {
		if KnowsName(eventSource, name) {
			all = append(all, eventSource)
		}
	}
	slices.Sort(all)
	return all
}

// readOnlyNames are read-only management events whose names do not say so. That AssumeRole is withheld is AWS's own example;
// KMS records the use of keys for data as read-only, which surprises.
var readOnlyNames = map[string][]string{
	"cloudtrail.amazonaws.com": {"LookupEvents"},
	"kms.amazonaws.com":        {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"},
	"sts.amazonaws.com":        {"AssumeRole"},
}

// notReadOnlyNames are events that an ENABLED rule is offered although their names begin like those of read-only ones: AWS
// names the two of STS. Those of sign-in are not documented.
var notReadOnlyNames = map[string][]string{
	"sts.amazonaws.com":    {"GetFederationToken", "GetSessionToken"},
	"signin.amazonaws.com": {"GetSigninToken"},
}

// ReadOnly reports whether events of a name are read-only management events, which EventBridge withholds from rules that are
// merely ENABLED. It says no when in doubt: of S3, reads of objects are data events, which are not withheld.
func ReadOnly(eventSource, name string) bool {
	if slices.Contains(notReadOnlyNames[eventSource], name) {
		return false
	}
	if slices.Contains(readOnlyNames[eventSource], name) {
		return true
	}
	if eventSource == "s3.amazonaws.com" && !strings.HasPrefix(name, "GetBucket") && name != "ListBuckets" {
		return false
	}
	for _, verb := range []string{"Get", "List", "Describe"} {
		rest, ok := strings.CutPrefix(name, verb)
		if ok && rest != "" && 'A' <= rest[0] && rest[0] <= 'Z' {
			return KnowsName(eventSource, name)
		}
	}
	return false
}

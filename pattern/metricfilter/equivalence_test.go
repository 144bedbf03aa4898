package metricfilter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/internal/synth"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
)

// checkAgree fails the test if a filter and the pattern that it was translated into give different answers for a record.
func checkAgree(t *testing.T, f *Filter, p *pattern.Pattern, record []byte) (matched bool) {
	t.Helper()
	want, err := f.Match(record)
	if err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	got, err := p.Match(fmt.Appendf(nil, `{"detail-type": "AWS API Call via CloudTrail", "detail": %s}`, record))
	if err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	if got != want {
		t.Errorf("the filter says %t, its pattern %t, of\n%s\n%s\n%s", want, got, record, f, p)
	}
	return want
}

func mustTranslate(t *testing.T, filter string) (*Filter, *pattern.Pattern) {
	t.Helper()
	f := mustParse(t, filter)
	p, err := f.Pattern()
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	return f, p
}

// Two days of records, among them calls that every control of the benchmark is about.
func TestPublishedOnRecords(t *testing.T) {
	for _, c := range readPublished(t) {
		f, p := mustTranslate(t, c.filter)
		matched := 0
		for record := range synth.Records(1, 2*synth.RecordsPerDay) {
			if checkAgree(t, f, p, record) {
				matched++
			}
		}
		if matched == 0 {
			t.Errorf("%s matches none of the records", c.name)
		}
	}
}

// Every name and value that a published filter speaks of, in its own and in foreign company: each in a record of each source,
// as a call that succeeded and as one that failed.
func TestPublishedOnNames(t *testing.T) {
	for _, c := range readPublished(t) {
		f, p := mustTranslate(t, c.filter)
		records, matched := 0, 0
		for _, name := range append(literals(f, "eventName"), "HeadBucket", "GetCallerIdentity", "x") {
			for _, source := range append(literals(f, "eventSource"), "iam.amazonaws.com", "autoscaling.amazonaws.com", "signin.amazonaws.com") {
				for _, outcome := range outcomes {
					records++
					record := fmt.Sprintf(`{"eventName": %q, "eventSource": %q, %s}`, name, source, outcome)
					if checkAgree(t, f, p, []byte(record)) {
						matched++
					}
				}
			}
		}
		if matched == 0 || matched == records && !strings.Contains(c.name, "CLI") {
			t.Errorf("%s matches %d of %d records", c.name, matched, records)
		}
	}
}

// outcomes are what stands in a record beside its name and source.
var outcomes = []string{
	`"userIdentity": {"type": "IAMUser"}, "sourceIPAddress": "192.0.2.1", "responseElements": null`,
	`"userIdentity": {"type": "IAMUser"}, "errorCode": "AccessDenied", "sourceIPAddress": "192.0.2.1"`,
	`"userIdentity": {"type": "IAMUser"}, "errorCode": "AccessDeniedException", "sourceIPAddress": "delivery.logs.amazonaws.com"`,
	`"userIdentity": {"type": "IAMUser"}, "errorCode": "Client.UnauthorizedOperation", "sourceIPAddress": "delivery.logs.amazonaws.com"`,
	`"userIdentity": {"type": "IAMUser"}, "errorCode": "accessdenied"`,
	`"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"`,
	`"userIdentity": {"type": "Root", "invokedBy": "AWS Internal"}, "eventType": "AwsApiCall"`,
	`"userIdentity": {"type": "Root"}, "eventType": "AwsServiceEvent"`,
	`"userIdentity": {"type": "Root"}`,
	`"userIdentity": {"type": "IAMUser"}, "additionalEventData": {"MFAUsed": "No"}, "responseElements": {"ConsoleLogin": "Success"}`,
	`"userIdentity": {"type": "IAMUser"}, "additionalEventData": {"MFAUsed": "Yes"}, "responseElements": {"ConsoleLogin": "Success"}`,
	`"userIdentity": {"type": "IAMUser"}, "additionalEventData": {"MFAUsed": "YES"}, "responseElements": {"ConsoleLogin": "Success"}`,
	`"userIdentity": {"type": "IAMUser"}, "additionalEventData": {}, "responseElements": {"ConsoleLogin": "Success"}`,
	`"userIdentity": {"type": "IAMUser"}, "additionalEventData": null, "responseElements": {"ConsoleLogin": "Failure"}, "errorMessage": "Failed authentication"`,
	`"userIdentity": {"type": "IAMUser"}, "errorMessage": "No username found in supplied account"`,
}

// literals returns the texts with which a filter compares a field.
func literals(f *Filter, path string) []string {
	var list []string
	for _, t := range terms(f.root) {
		if test, ok := t.test.(equality); ok && t.field.path() == path {
			list = append(list, test.value.(text).head())
		}
	}
	return list
}

func TestGeneratedFilters(t *testing.T) {
	g := newGenerator(rand.New(rand.NewPCG(1, 2)))
	translated, matched, compared, byCells := 0, 0, 0, 0
	for range 3000 {
		f := mustParse(t, g.filter())
		p, err := f.Pattern()
		if err != nil {
			checkTranslateError(t, f.String(), err)
			continue
		}
		translated++
		patterns := bothPatterns(f)
		if p.String() != patterns[0].String() {
			byCells++
		}
		for range 20 {
			record := g.record()
			if !comparable(f, decodeRecord(t, record)) {
				continue
			}
			for _, p := range patterns {
				compared++
				if checkAgree(t, f, p, record) {
					matched++
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d filters were translated, %d of them by cells; of %d answers %d were yes", translated, byCells, compared, matched)
	if translated < 2000 || byCells < 300 || compared < 50_000 || matched < compared/5 || matched > compared*4/5 {
		t.Error("which is too one-sided to mean much")
	}
}

// bothPatterns returns the pattern of a filter that is made of its branches and the one that is made of its cells, of which
// Pattern returns the shorter one.
func bothPatterns(f *Filter) (list []*pattern.Pattern) {
	for _, takeApart := range []func(expression) ([]branch, error){branches, cells} {
		if p, err := compile(takeApart(f.root)); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func FuzzTranslate(f *testing.F) {
	for _, c := range append(readPublished(f), readTranslations(f, "testdata/translations.txtar")...) {
		f.Add(c.filter, []byte(`{"eventName": "A", "errorCode": "AccessDenied", "requestParameters": {"port": 22}}`))
	}
	g := newGenerator(rand.New(rand.NewPCG(3, 4)))
	for range 100 {
		f.Add(g.filter(), g.record())
	}
	f.Fuzz(func(t *testing.T, src string, record []byte) {
		filter, err := Parse(src)
		if err != nil {
			return
		}
		p, err := filter.Pattern()
		if err != nil {
			checkTranslateError(t, src, err)
			return
		}
		root, err := decode(record)
		if err != nil || !comparable(filter, root) {
			return
		}
		// Members are written once each, which is how the filter has read them.
		if record, err = json.Marshal(root); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Match(record); err != nil {
			return // too deep
		}
		checkAgree(t, filter, p, record)
	})
}

// comparable reports whether the record is one for which the documentation promises that the filter and its pattern agree.
func comparable(f *Filter, record map[string]any) bool {
	if hasOddKeys(record) {
		return false
	}
	for _, t := range terms(f.root) {
		if !t.comparable(record) {
			return false
		}
	}
	return true
}

// hasOddKeys reports whether a key below v is empty or has a dot.
func hasOddKeys(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			if key == "" || strings.Contains(key, ".") || hasOddKeys(below) {
				return true
			}
		}
	case []any:
		for _, below := range v {
			if hasOddKeys(below) {
				return true
			}
		}
	}
	return false
}

func (t *term) comparable(record any) bool {
	if test, ok := t.test.(equality); ok {
		if l, ok := test.value.(text); ok && l.exact() && isAddress(l.head()) {
			return false
		}
		if l, ok := test.value.(number); ok && isAddress(l.source) {
			return false
		}
	}
	values := []any{record}
	for _, st := range t.field {
		var below []any
		for _, v := range values {
			array, isArray := v.([]any)
			object, isObject := v.(map[string]any)
			switch {
			case isArray != (st.kind == anyElement):
				// An array where none is expected, or the other way round; absence was taken out before.
				return false
			case isArray:
				below = append(below, array...)
			case isObject:
				if v, ok := object[st.name]; ok {
					below = append(below, v)
				}
			}
		}
		if values = below; len(values) == 0 {
			return true
		}
	}
	for _, v := range values {
		if !t.comparableValue(v) {
			return false
		}
	}
	return true
}

func (t *term) comparableValue(v any) bool {
	_, isAbsence := t.test.(absence)
	test, isEquality := t.test.(equality)
	switch v := v.(type) {
	case []any:
		return false
	case map[string]any:
		return !isAbsence
	case string:
		l, ok := test.value.(number)
		return !isEquality || !ok || v != l.source || !test.not
	case json.Number:
		if !plainNumber.MatchString(v.String()) {
			return false
		}
		if isEquality && fieldKind(t.field.path()) == cloudtrail.Text {
			return false
		}
		if _, ok := test.value.(number); !isEquality || ok || isAny(test.value) {
			return true
		}
		return !test.value.equal(v)
	}
	return true
}

// plainNumber is one that binary64 holds with all its digits.
var plainNumber = regexp.MustCompile(`^-?[0-9]{1,9}(\.[0-9]{1,6})?$`)

// isAddress is a little wider than what EventBridge takes for an IP address.
func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || strings.Count(s, ".") == 3 && strings.Trim(s, "0123456789.") == "" || strings.Contains(s, ":")
}

func decodeRecord(t *testing.T, record []byte) map[string]any {
	t.Helper()
	root, err := decode(record)
	if err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	return root
}

// What the documentation says of where the two can differ, and that they do.
func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		filter, record string
		want           bool // of the filter
		reason         string
	}{
		{`{ $.a = x }`, `{"a": ["x"]}`, false, "an array where the filter has none"},
		{`{ $.a.b != x }`, `{"a": [{"b": "y"}]}`, false, "an array on the way"},
		{`{ $.a NOT EXISTS }`, `{"a": {"b": 1}}`, false, "an object under NOT EXISTS"},
		{`{ $.a[*] = x }`, `{"a": "x"}`, false, "a single value where the filter has [*]"},
		{`{ $.a[*] = x }`, `{"a": [["x"]]}`, false, "an array of arrays where the filter has [*]"},
		{`{ $.a = "12*" }`, `{"a": 123}`, true, "a number that is compared with a text"},
		{`{ $.a != "123" }`, `{"a": 123}`, false, "a number that is compared with a text"},
		{`{ $.a != 5 }`, `{"a": "5"}`, false, "a text of digits that is compared with a number by !="},
		{`{ $.a = 9007199254740993 }`, `{"a": 9007199254740992}`, true, "a number that binary64 does not hold"},
		{`{ $.a = "10.0.0.1" }`, `{"a": "010.0.0.1"}`, false, "a text that is an IP address"},
		{`{ $.a.b = x }`, `{"a.b": "x"}`, false, "a key that contains a dot"},
		{`{ $.a = x }`, `{"a": "x", "a": "y"}`, false, "a key that stands twice"},
	} {
		f, p := mustTranslate(t, c.filter)
		got, err := f.Match([]byte(c.record))
		if got != c.want || err != nil {
			t.Errorf("%s of %s: %t, %v; want %t: %s", c.filter, c.record, got, err, c.want, c.reason)
		}
		event := fmt.Appendf(nil, `{"detail-type": "AWS API Call via CloudTrail", "detail": %s}`, c.record)
		if got, err := p.Match(event); got == c.want || err != nil {
			t.Errorf("%s of %s: %t, %v; want %t, unlike the filter: %s", p, event, got, err, !c.want, c.reason)
		}
	}
}

// No filter takes more than a moment to translate, whatever it says.
func TestHostileFilters(t *testing.T) {
	repeat := func(sep string, term func(i int) string) string {
		src := "{" + term(0)
		for i := 1; len(src)+len(sep)+len(term(i))+1 <= maxLength; i++ {
			src += sep + term(i)
		}
		return src + "}"
	}
	for name, src := range map[string]string{
		"groups": repeat("&&", func(i int) string { return fmt.Sprintf("($.a%d=x||$.b%d=x)", i, i) }),
		"groups on few fields": repeat("&&", func(i int) string {
			return fmt.Sprintf("($.a!=%d||$.b!=%d||$.c!=%d)", i, i, i)
		}),
		"groups of wildcards": repeat("&&", func(i int) string { return fmt.Sprintf("($.a!=*%d*||$.b!=*%d*)", i, i) }),
		"pairs":               repeat("||", func(i int) string { return fmt.Sprintf("$.a=%d&&$.b=%d", i, i) }),
		"pairs that cross":    repeat("||", func(i int) string { return fmt.Sprintf("$.a=%d&&$.b=%d", i%7, i%11) }),
		"many fields":         repeat("||", func(i int) string { return fmt.Sprintf("$.a%d=x", i) }),
		"many values":         repeat("||", func(i int) string { return fmt.Sprintf("$.a=%d", i) }),
		"many exclusions":     repeat("&&", func(i int) string { return fmt.Sprintf("$.a!=*%d*", i) }),
		"lists":               repeat("&&", func(i int) string { return fmt.Sprintf("($.a=%d||$.a=x||$.a=y*||$.a!=z)", i) }),
		"parentheses":         "{" + strings.Repeat("(", 500) + "$.a=x" + strings.Repeat(")", 500) + "}",
		"stars":               `{$.a="` + strings.Repeat("*a", 500) + `"}`,
		"regex":               "{$.a=%" + strings.Repeat("a.*", 300) + "%}",
		"repetitions":         "{$.a=%" + strings.Repeat("a{1,99}", 9) + "%}",
	} {
		f := mustParse(t, src)
		p, err := f.Pattern()
		if err != nil {
			var e *TranslateError
			if !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			}
		} else {
			checkAgree(t, f, p, []byte(`{"a": "x", "b": "y"}`))
		}
		// An event with as much as possible to compare.
		if _, err := f.Match([]byte(`{"a": "` + strings.Repeat("a", 200_000) + `"}`)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

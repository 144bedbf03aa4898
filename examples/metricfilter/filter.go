package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/metricfilter"
)

// A filter is a metric filter with what became of it.
type filter struct {
	name    string // and its log group; empty if it came without
	source  string
	parsed  *metricfilter.Filter // nil if it could not be read
	pattern *pattern.Pattern     // nil if there is none
	problem error                // why one of the two is nil
}

// readFilters returns the filters of the command line, or else those of standard input.
func readFilters(args []string, stdin io.Reader) ([]*filter, error) {
	var filters []*filter
	for _, source := range args {
		filters = append(filters, newFilter("", source))
	}
	if len(filters) > 0 {
		return filters, nil
	}
	const maxInput = 64 << 20 // describe-metric-filters returns some hundred bytes for each
	text, err := io.ReadAll(io.LimitReader(stdin, maxInput))
	if err != nil {
		return nil, err
	}
	if filters = described(text); filters == nil {
		filters = lines(string(text))
	}
	if len(filters) == 0 {
		return nil, errors.New("there is no filter on standard input")
	}
	return filters, nil
}

// described returns the filters of a text that is the output of describe-metric-filters, and nil
// for another.
func described(text []byte) []*filter {
	var output struct {
		MetricFilters []struct {
			FilterName    string
			FilterPattern string
			LogGroupName  string
		}
	}
	if json.Unmarshal(text, &output) != nil {
		return nil
	}
	filters := []*filter{}
	for _, f := range output.MetricFilters {
		filters = append(filters, newFilter(f.FilterName+" of "+f.LogGroupName, f.FilterPattern))
	}
	return filters
}

func lines(text string) []*filter {
	var filters []*filter
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			filters = append(filters, newFilter("", line))
		}
	}
	return filters
}

func newFilter(name, source string) *filter {
	f := &filter{name: name, source: source}
	if f.parsed, f.problem = metricfilter.Parse(source); f.problem == nil {
		f.pattern, f.problem = f.parsed.Pattern()
	}
	return f
}

// quota is how long a pattern may be in an account that has not asked for more, in characters.
const quota = 2048

// maxShown is the length to which a text is cut, in characters. A metric filter has at most 1024,
// and some of them are shown as escapes.
const maxShown = 2000

func (f *filter) print(w io.Writer, compact bool) {
	if f.name != "" {
		fmt.Fprintf(w, "# %s\n", notify.Clean(f.name, maxShown))
	}
	fmt.Fprintln(w, notify.Clean(f.source, maxShown))
	switch problem := notify.Clean(describe(f.problem), maxShown); {
	case f.parsed == nil:
		fmt.Fprintf(w, "cannot be read: %s\n", problem)
		return
	case f.pattern == nil:
		fmt.Fprintf(w, "has no pattern: %s\n", problem)
		return
	}
	text := []byte(f.pattern.String())
	if n := utf8.RuneCount(text); n > quota {
		fmt.Fprintf(w, "is longer than the quota of most accounts: %d characters instead of %d\n",
			n, quota)
	}
	if !compact {
		var b bytes.Buffer
		json.Indent(&b, text, "", "  ") // a pattern is JSON
		text = b.Bytes()
	}
	fmt.Fprintln(w, ascii(string(text)))
}

// describe returns an error, if there is one, without the name of the package.
func describe(err error) string {
	if err == nil {
		return ""
	}
	var translate *metricfilter.TranslateError
	if errors.As(err, &translate) && translate.Term != "" {
		return fmt.Sprintf("%s (offset %d): %s", translate.Term, translate.Offset, translate.Reason)
	}
	return strings.TrimPrefix(err.Error(), "metricfilter: ")
}

// ascii returns a JSON text that means the same and that no terminal shows as something else.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || ' ' <= r && r <= '~':
			b.WriteRune(r)
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}

// Command metricfilter translates the metric filters of a CloudTrail log group into event patterns
// for EventBridge rules, or says why there is none. With a log, it also compares what the filters
// and the patterns match. See the README beside this file.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/countertrail/countertrail/notify"
)

const usage = `Usage: metricfilter [flags] [filter ...]

Prints for each metric filter the event pattern that matches the same CloudTrail
events, or why there is none.

Without arguments, filters are read from standard input: the output of
aws logs describe-metric-filters, or a filter a line. Lines that are empty or
begin with # are passed over.

Flags:
  -compact   print patterns in one line
  -log file  try filters and patterns on a CloudTrail log file, plain or gzip,
             and report what only one of the two matches; can be repeated

Exit status: 0 if every filter has a pattern that matches the same events of the
logs; 1 if not, or if something could not be read; 2 if the command line is wrong.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the command line says.
type settings struct {
	compact bool
	logs    []string
	filters []string
}

func parseArgs(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("metricfilter", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error says what is wrong, and usage stands above
	fs.BoolVar(&s.compact, "compact", false, "")
	fs.Func("log", "", func(name string) error {
		s.logs = append(s.logs, name)
		return nil
	})
	err := fs.Parse(args)
	s.filters = fs.Args()
	return s, err
}

// run is the command; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		complain(stderr, err)
		fmt.Fprintln(stderr, `Run "metricfilter -h" for usage.`)
		return 2
	}
	filters, err := readFilters(s.filters, stdin)
	if err != nil {
		complain(stderr, err)
		return 1
	}
	status := 0
	var compared *comparison
	if len(s.logs) > 0 {
		compared = newComparison(filters)
		for _, name := range s.logs {
			if err := compared.readLog(name); err != nil {
				complain(stderr, err)
				status = 1
			}
		}
	}
	for i, f := range filters {
		if i > 0 {
			fmt.Fprintln(stdout)
		}
		f.print(stdout, s.compact)
		if f.pattern == nil {
			status = 1
		}
		if compared != nil && !compared.print(stdout, f) {
			status = 1
		}
	}
	return status
}

// complain reports an error, which may hold text of a file.
func complain(stderr io.Writer, err error) {
	const maxError = 1000 // characters
	fmt.Fprintf(stderr, "metricfilter: %s\n", notify.Clean(err.Error(), maxError))
}

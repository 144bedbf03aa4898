// Command bench measures package pattern beside other matchers, checks that they give the same
// answers, and compares the results with the goals that the project has set itself.
//
// README.md says how to run it and what its tables mean.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.BoolVar(&o.quick, "quick", false,
		"check the answers and give an idea of the times: few short rounds, nothing of 100,000 rules")
	only := flag.String("only", "", "do only the works whose `name` this regular expression matches")
	without := flag.String("without", "^$",
		"leave out the peers whose `name` this regular expression matches")
	flag.IntVar(&o.rounds, "rounds", 0, "measure so many rounds; 0 means 9, or 3 if -quick")
	flag.BoolVar(&o.markdown, "markdown", false,
		"print the tables for the README, and all else on standard error")
	list := flag.Bool("list", false, "print the names of the works")
	profiled := flag.String("profile", "", "profile our matcher on this `work`, and measure nothing")
	output := flag.String("o", "cpu.out", "write the profile to this `file`")
	worker := flag.String("worker", "", "for the program itself: do a work with this `peer`")
	flag.Parse()

	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return err
	}
	if o.without, err = regexp.Compile(*without); err != nil {
		return err
	}
	if o.rounds == 0 {
		o.rounds = 9
		if o.quick {
			o.rounds = 3
		}
	}
	switch {
	case *worker != "" && flag.NArg() == 2:
		return runWorker(*worker, flag.Arg(0), flag.Arg(1), os.Stdin, os.Stdout)
	case flag.NArg() > 0 || *worker != "":
		return errors.New("there are no arguments, only flags; see -help")
	case *list:
		for _, w := range works() {
			fmt.Printf("%-32s %s\n", w.name, w.title)
		}
		return nil
	case *profiled != "":
		return profile(*profiled, *output)
	}
	return newBench(o).run()
}

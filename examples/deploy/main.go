// Command deploy writes the CIS monitoring controls and the function of examples/lambda as
// infrastructure: a CloudFormation template and a Terraform module. What it writes is checked in
// beside it; the README says how to deploy that.
package main

//go:generate go run . -out .

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/rule"
)

const usage = `Usage: deploy [flags]

Writes rules as infrastructure: cloudformation/template.yaml and template.json,
and a Terraform module in terraform.

Flags:
  -out directory   where to write; the default is the current directory
  -format format   cloudformation, terraform or all (the default)
  -form form       form of the CIS controls: recommended (the default), extended
                   or literal
  -rules directory a catalog of your own in the place of the CIS controls
`

func main() {
	if err := run(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		fmt.Print(usage)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	out    string
	format string
	form   string
	rules  string
}

func parseArgs(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("deploy", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error says what is wrong, and usage stands above
	fs.StringVar(&s.out, "out", ".", "")
	fs.StringVar(&s.format, "format", "all", "")
	fs.StringVar(&s.form, "form", string(rule.Recommended), "")
	fs.StringVar(&s.rules, "rules", "", "")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if fs.NArg() > 0 {
		return s, fmt.Errorf("what is %q?", fs.Arg(0))
	}
	return s, nil
}

func run(args []string) error {
	s, err := parseArgs(args)
	if err != nil {
		return err
	}
	rules, err := readRules(s)
	if err != nil {
		return err
	}
	stack, err := newStack(rules)
	if err != nil {
		return err
	}
	files, err := render(stack, s.format)
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(s.out, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// readRules returns the rules that are to be deployed.
func readRules(s settings) ([]rule.Rule, error) {
	if s.rules != "" {
		entries, err := rule.Read(os.DirFS(s.rules))
		if err != nil {
			return nil, err
		}
		return rule.Rules(entries), nil
	}
	controls, err := cis.Version("v1.3.0")
	if err != nil {
		return nil, err
	}
	rules := controls.RulesIn(rule.Form(s.form))
	if len(rules) == 0 {
		return nil, fmt.Errorf("the controls have no form %q; want recommended, extended or literal", s.form)
	}
	return rules, nil
}

// render returns the files of a format, with slashes in their names.
func render(s *deploy.Stack, format string) ([]deploy.File, error) {
	var files []deploy.File
	if format != "cloudformation" && format != "terraform" && format != "all" {
		return nil, fmt.Errorf("no format %q; want cloudformation, terraform or all", format)
	}
	if format != "terraform" {
		for _, f := range []struct {
			name   string
			format deploy.Format
		}{{"template.yaml", deploy.YAML}, {"template.json", deploy.JSON}} {
			data, err := s.CloudFormation(f.format)
			if err != nil {
				return nil, err
			}
			files = append(files, deploy.File{Name: "cloudformation/" + f.name, Data: data})
		}
	}
	if format != "cloudformation" {
		module, err := s.Terraform()
		if err != nil {
			return nil, err
		}
		for _, f := range module {
			files = append(files, deploy.File{Name: "terraform/" + f.Name, Data: f.Data})
		}
	}
	return files, nil
}

package deploy

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Terraform returns the files of a module without a provider block, in the form of terraform fmt, in
// the order of their names. They are the same, byte for byte, for the same Stack. What depends on the
// Stack is in locals.tf.
//
// The error is that of [Stack.Check].
func (s *Stack) Terraform() ([]File, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	files := map[string][]byte{"locals.tf": s.locals()}
	for _, name := range []string{"versions.tf", "alerts.tf", "rules.tf", "alarms.tf", "silence.tf"} {
		files[name] = moduleFile(name)
	}
	parts := []string{"alerts"}
	if s.Function != nil {
		parts = append(parts, "function")
		files["function.tf"] = moduleFile("function.tf")
	}
	if s.Trail {
		parts = append(parts, "trail")
		files["trail.tf"] = moduleFile("trail.tf")
	}
	for _, part := range parts {
		for _, name := range []string{"variables.tf", "outputs.tf"} {
			files[name] = append(files[name], moduleFile(part+"_"+name)...)
		}
	}
	var all []File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, File{Name: name, Data: hclwrite.Format(files[name])})
	}
	return all, nil
}

// moduleFile returns a file of the module that does not depend on the Stack.
func moduleFile(name string) []byte {
	data, err := templates.ReadFile("templates/terraform/" + name)
	if err != nil {
		panic("deploy: " + err.Error())
	}
	return data
}

// locals returns the file that depends on the Stack.
func (s *Stack) locals() []byte {
	f := hclwrite.NewEmptyFile()
	f.Body().AppendUnstructuredTokens(hclwrite.Tokens{
		{Type: hclsyntax.TokenComment, Bytes: []byte("# " + s.Description + "\n")},
	})
	body := f.Body().AppendNewBlock("locals", nil).Body()
	var rules []hclwrite.ObjectAttrTokens
	for _, r := range s.Rules {
		rules = append(rules, attr(r.ID, hclwrite.TokensForObject([]hclwrite.ObjectAttrTokens{
			attr("description", stringTokens(ruleDescription(r))),
			attr("state", stringTokens(string(stateOf(r)))),
			attr("regions", stringsTokens(r.Regions)),
			attr("message", heredoc(message(r))),
			attr("pattern", heredoc(layout(patternText(r.Pattern)))),
		})))
	}
	body.SetAttributeRaw("rules", hclwrite.TokensForObject(rules))
	body.AppendNewline()
	var paths []hclwrite.ObjectAttrTokens
	for _, p := range messagePaths {
		paths = append(paths, attr(p[0], stringTokens(p[1])))
	}
	body.SetAttributeRaw("message_paths", hclwrite.TokensForObject(paths))
	if s.Function != nil {
		s.Function.addLocals(body)
	}
	return f.Bytes()
}

func (f *Function) addLocals(body *hclwrite.Body) {
	body.AppendNewline()
	body.SetAttributeRaw("function", hclwrite.TokensForObject([]hclwrite.ObjectAttrTokens{
		attr("description", stringTokens(f.Description)),
		attr("rules", stringsTokens(f.Rules)),
		attr("memory", hclwrite.TokensForValue(cty.NumberIntVal(int64(f.Memory)))),
		attr("timeout", hclwrite.TokensForValue(cty.NumberIntVal(int64(f.Timeout.Seconds())))),
		attr("concurrency", hclwrite.TokensForValue(cty.NumberIntVal(int64(f.Concurrency)))),
		attr("log_days", hclwrite.TokensForValue(cty.NumberIntVal(int64(f.LogDays)))),
		attr("variables", f.variableTokens()),
	}))
	body.AppendNewline()
	body.AppendUnstructuredTokens(hclwrite.Tokens{
		{Type: hclsyntax.TokenComment, Bytes: []byte("# What the function may do besides its own work; the last only to enforce.\n")},
	})
	body.SetAttributeRaw("function_tells", f.tellTokens())
	body.SetAttributeRaw("function_reads", statementsTokens(f.Reads))
	body.SetAttributeRaw("function_writes", statementsTokens(f.Writes))
}

func (f *Function) variableTokens() hclwrite.Tokens {
	values := map[string]hclwrite.Tokens{
		f.TopicVariable: traversal("aws_sns_topic", "alerts", "arn"),
		f.RoleVariable:  traversal("aws_iam_role", "function", "arn"),
		f.ModeVariable:  traversal("var", "mode"),
	}
	delete(values, "")
	for name, value := range f.Variables {
		values[name] = stringTokens(value)
	}
	var attrs []hclwrite.ObjectAttrTokens
	for _, name := range slices.Sorted(maps.Keys(values)) {
		attrs = append(attrs, attr(name, values[name]))
	}
	return hclwrite.TokensForObject(attrs)
}

// tellTokens returns the statements with which the function may publish alerts.
func (f *Function) tellTokens() hclwrite.Tokens {
	if f.TopicVariable == "" {
		return hclwrite.TokensForTuple(nil)
	}
	return tuple([]hclwrite.Tokens{
		statementTokens("Tell", []string{"sns:Publish"}, []hclwrite.Tokens{traversal("aws_sns_topic", "alerts", "arn")}),
		statementTokens("EncryptWhatIsTold", []string{"kms:Decrypt", "kms:GenerateDataKey*"},
			[]hclwrite.Tokens{traversal("aws_kms_key", "alerts", "arn")}),
	})
}

func statementsTokens(list []Statement) hclwrite.Tokens {
	var all []hclwrite.Tokens
	for _, s := range list {
		var resources []hclwrite.Tokens
		for _, r := range s.Resources {
			resources = append(resources, resourceTokens(r))
		}
		all = append(all, statementTokens(s.Sid, s.Actions, resources))
	}
	return tuple(all)
}

func statementTokens(sid string, actions []string, resources []hclwrite.Tokens) hclwrite.Tokens {
	return hclwrite.TokensForObject([]hclwrite.ObjectAttrTokens{
		attr("sid", stringTokens(sid)),
		attr("actions", stringsTokens(actions)),
		attr("resources", hclwrite.TokensForTuple(resources)),
	})
}

// resourceTokens returns the resource of a [Statement] as a string with references in it.
func resourceTokens(resource string) hclwrite.Tokens {
	quoted := stringTokens(resource)
	for _, t := range quoted {
		if t.Type == hclsyntax.TokenQuotedLit {
			t.Bytes = []byte(strings.NewReplacer(
				"{partition}", "${local.partition}",
				"{region}", "${local.region}",
				"{account}", "${local.account}",
			).Replace(string(t.Bytes)))
		}
	}
	return quoted
}

// attr returns a member of an object, whose name is quoted unless it is an identifier.
func attr(name string, value hclwrite.Tokens) hclwrite.ObjectAttrTokens {
	key := stringTokens(name)
	if hclsyntax.ValidIdentifier(name) {
		key = hclwrite.TokensForIdentifier(name)
	}
	return hclwrite.ObjectAttrTokens{Name: key, Value: value}
}

func stringTokens(s string) hclwrite.Tokens { return hclwrite.TokensForValue(cty.StringVal(s)) }

func stringsTokens(list []string) hclwrite.Tokens {
	var all []hclwrite.Tokens
	for _, s := range list {
		all = append(all, stringTokens(s))
	}
	return hclwrite.TokensForTuple(all)
}

// tuple returns a list with a line for each element.
func tuple(elements []hclwrite.Tokens) hclwrite.Tokens {
	if len(elements) == 0 {
		return hclwrite.TokensForTuple(nil)
	}
	newline := &hclwrite.Token{Type: hclsyntax.TokenNewline, Bytes: []byte("\n")}
	all := hclwrite.Tokens{{Type: hclsyntax.TokenOBrack, Bytes: []byte("[")}, newline}
	for _, e := range elements {
		all = append(all, e...)
		all = append(all, &hclwrite.Token{Type: hclsyntax.TokenComma, Bytes: []byte(",")}, newline)
	}
	return append(all, &hclwrite.Token{Type: hclsyntax.TokenCBrack, Bytes: []byte("]")})
}

func traversal(root string, attributes ...string) hclwrite.Tokens {
	t := hcl.Traversal{hcl.TraverseRoot{Name: root}}
	for _, a := range attributes {
		t = append(t, hcl.TraverseAttr{Name: a})
	}
	return hclwrite.TokensForTraversal(t)
}

// heredocEnd ends a heredoc. No line of JSON is it, and none of a message, whose lines are quoted.
const heredocEnd = "EOT"

// heredoc returns text as it is but for what begins a template sequence. The value that Terraform
// reads from it has a newline at the end.
func heredoc(text string) hclwrite.Tokens {
	const indent = "      " // that of a rule's members, which "<<-" takes away again
	text = strings.NewReplacer("${", "$${", "%{", "%%{", "\n", "\n"+indent+"  ").Replace(text)
	return hclwrite.Tokens{
		{Type: hclsyntax.TokenOHeredoc, Bytes: []byte("<<-" + heredocEnd + "\n")},
		{Type: hclsyntax.TokenStringLit, Bytes: []byte(indent + "  " + text + "\n")},
		{Type: hclsyntax.TokenCHeredoc, Bytes: []byte(indent + heredocEnd)},
	}
}

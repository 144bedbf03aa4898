package ruler

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A class is a kind of pair on which a difference is known and right. Its
// predicate must hold for such pairs only: where it can, it takes out of the
// pair just what the class is about and asks the engine again.
type class struct {
	name    string
	why     string
	rare    bool // must not explain more than one pair in rarity
	holds   func(*dispute) bool
	example pair
}

// rarity is the bound for classes whose predicate is not strict. They have been
// seen once in sixty thousand pairs or more, a mistake that matters once in a
// thousand.
const rarity = 20_000

// known lists the classes in the order in which they are tried.
var known = []class{
	// Differences that we chose. Package pattern documents them.
	{
		name: "event fractions are binary64",
		why:  "the service rounds the fractions and exponents of an event before its engine sees them",
		holds: func(d *dispute) bool {
			return d.accepted() && d.agreesOn(pair{d.pattern, d.rewriteNumbers(d.event, roundNumber)})
		},
		example: pair{`{"a":[1.0000000000000001]}`, `{"a":1.0000000000000001}`},
	},
	{
		name: "quote leak",
		why:  "the engine stores strings in quotes, and a quote in an operand can meet them; we do not follow",
		holds: func(d *dispute) bool {
			return d.accepted() && d.agreesOn(pair{rewrite(d.pattern, replaceQuotes, same), rewrite(d.event, replaceQuotes, same)})
		},
		example: pair{`{"a":[{"prefix":"x\""}]}`, `{"a":"x"}`},
	},
	{
		name: "lone surrogate",
		why:  "the engine compares some whole strings before they are UTF-8, where half of a surrogate pair is no question mark yet; ours always is",
		holds: func(d *dispute) bool {
			return d.accepted() && d.agreesOn(pair{rewrite(d.pattern, replaceHalves, same), rewrite(d.event, replaceHalves, same)})
		},
		example: pair{`{"a":["\ud800"]}`, `{"a":"?"}`},
	},
	{
		name: "content after the pattern",
		why:  "engines before 2.2 stop reading at the closing brace; we refuse, as 2.2 does",
		holds: func(d *dispute) bool {
			return d.theirs.refusal == "" && strings.HasPrefix(d.ours.refusal, notValid+"Filter must be a single JSON object")
		},
		example: pair{`{"a":["x"]}}`, `{"a":"x"}`},
	},
	{
		name: "empty list under anything-but",
		why:  "the engine accepts it and crashes when it builds the machine; we refuse",
		holds: func(d *dispute) bool {
			if !strings.HasPrefix(d.ours.refusal, notValid+"Empty lists are not allowed inside anything-but") {
				return false
			}
			filled := pair{fillArrays(d.pattern), d.event}
			theirs, err := d.ask(filled)
			return err == nil && theirs.refusal == ours(filled).refusal
		},
		example: pair{`{"a":[{"anything-but":{"prefix":[]}}]}`, `{"a":"x"}`},
	},
	{
		name: "complexity of a field added twice",
		why: "how often the engine counts a wildcard that several sub-rules add, or a list of them, is an accident of how it lays out its " +
			"states; we follow that for all but a few",
		rare: true,
		holds: func(d *dispute) bool {
			if (d.ours.refusal == tooComplex) == (d.theirs.refusal == tooComplex) || d.reply.deep == nil {
				return false
			}
			return len(d.reply.deep.rules) > 1 || d.anyPath(func(values []value) bool {
				return count(values, isWildcardList) > 0
			})
		},
		example: pair{
			`{"$or":[{"":{"$or":[{"":["x"]},{"":["y"]}],"":{"":[{"wildcard":"*a*aa*"}]}}},{"":[3]}],"":[{"wildcard":"*b"},{"suffix":{"equals-ignore-case":"雨"}}]}`,
			`{"a":"x"}`,
		},
	},
	{
		name: "exponent beyond int",
		why:  "the engine's number parser gives up in its own words",
		holds: func(d *dispute) bool {
			return strings.HasPrefix(d.theirs.refusal, notValid+"value exceeds limits") &&
				strings.HasPrefix(d.ours.refusal, notValid+"Cannot compare number : ")
		},
		example: pair{`{"a":[{"anything-but":1e3456789012}]}`, `{"a":1}`},
	},

	// Faults of the engine. Unless it crashes, the pattern taken apart gives
	// our answer.
	{
		name: "literal lost",
		why: "a numeric range that covers the byte of the quote, or a suffix that ignores case, comes between a string and another " +
			"text, and hides the string in about half of all builds",
		holds: func(d *dispute) bool {
			return d.apart() && d.ours.matched && d.unsteady() && d.anyPath(func(values []value) bool {
				between := count(values, spansQuote) + count(values, isIgnoreCaseSuffix)
				return between > 0 && count(values, isText) > 1
			})
		},
		example: pair{`{"c":["a",{"numeric":["<",1]},"b"]}`, `{"c":"a"}`},
	},
	{
		name:    "value lost in $or",
		why:     "of two sub-rules that end in the same field and share a value there, the later is taken for already added",
		holds:   func(d *dispute) bool { return d.apart() && d.ours.matched && d.sharesLastValue() },
		example: pair{`{"$or":[{"c":["a"]},{"c":["a","x"]}]}`, `{"c":"x"}`},
	},
	{
		name: "wildcard beside equals-ignore-case",
		why:  "the engine's states of the two get mixed up in one field",
		holds: func(d *dispute) bool {
			return d.apart() && d.anyPath(func(values []value) bool {
				return count(values, isWildcard) > 0 && count(values, isIgnoreCase) > 0
			})
		},
		example: pair{`{"a":[{"wildcard":"*.txt"},{"equals-ignore-case":"readme"}]}`, `{"a":"xeadme"}`},
	},
	{
		name: "path repeated in the event",
		why:  "the finder of 2.0 loses a field when the path to it is there twice; the older finder does not",
		holds: func(d *dispute) bool {
			deep := d.reply.deep
			return deep != nil && deep.tried && deep.spec != deep.specOld && d.accepted() &&
				d.ours == answer{matched: deep.specOld} && repeatsPath(d.event)
		},
		example: pair{`{"a":{"b":["1"],"c":["2"]}}`, `{"a":[{"b":"1","c":"9"}],"a.c":"2"}`},
	},
	{
		name: "number beside a cidr of another branch",
		why:  "sub-rules share the automaton of a field, and a number in one keeps the other's cidr from seeing the digits of numbers",
		holds: func(d *dispute) bool {
			return d.apart() && d.ours.matched && d.anyPath(func(values []value) bool {
				return count(values, isBlock) > 0 && count(values, isCompared) > 0
			}) && d.anyRule(func(values []value) bool {
				return count(values, isBlock) > 0 && count(values, isCompared) == 0
			})
		},
		example: pair{`{"$or":[{"a":[{"cidr":"0.0.0.0/1"}]},{"a":[9]}]}`, `{"a":78}`},
	},
	{
		name: "number literal beside addresses",
		why: "a cidr, or an address as a literal, makes the engine look up the hexadecimal digits of addresses among the digits of number " +
			"literals, and it finds some for the others and loses some",
		holds: func(d *dispute) bool {
			return d.apart() && d.anyPath(func(values []value) bool {
				return count(values, isBlock) > 0 && count(values, isNumber) > 0
			})
		},
		example: pair{`{"a":[12345678,{"cidr":"0.0.0.0/23"}]}`, `{"a":"18.52.86.120"}`},
	},
	{
		name: "doubles before Java 19",
		why:  "older Java versions do not always print the shortest text of a double, by which the engine tells what it can compare",
		holds: func(d *dispute) bool {
			return d.agreed(pair{d.rewriteNumbers(d.pattern, shortenNumber), d.rewriteNumbers(d.event, shortenNumber)})
		},
		example: pair{`{"a":[{"numeric":["<",2e23]}]}`, `{"a":1}`},
	},
	{
		name: "multi-byte suffix beside a wildcard",
		why:  "a suffix that ends outside ASCII, added after a wildcard that begins with a star, is found at the beginning of a value too",
		holds: func(d *dispute) bool {
			return d.apart() && d.anyPath(func(values []value) bool {
				return count(values, isWildcard) > 0 && count(values, isMultiByteSuffix) > 0
			})
		},
		example: pair{`{"a":[{"wildcard":"*c"},{"suffix":"雨"}]}`, `{"a":"雨b"}`},
	},
	{
		name: "crash: same ignored case twice",
		why:  "a suffix that ignores the case of a multi-byte character cannot be added again",
		holds: func(d *dispute) bool {
			crash := strings.Contains(d.theirs.failure, "ClassCastException") || strings.Contains(d.theirs.failure, "ArrayIndexOutOfBoundsException")
			if !crash || d.reply.deep == nil || !d.anyPath(func(values []value) bool {
				return count(values, isIgnoreCase) > 1 && count(values, isMultiByteSuffix) > 0
			}) {
				return false
			}
			if d.ours.refusal == tooComplex { // which the engine would find out next
				return d.agreed(pair{rewrite(d.pattern, replaceMultiByte, same), d.event})
			}
			return d.apart()
		},
		example: pair{`{"b":[{"suffix":{"equals-ignore-case":"a雨a"}}],"$or":[{"c":["1"]},{"d":["1"]}]}`, `{"b":"雨A","c":"1"}`},
	},
	{
		name: "crash: largest number",
		why:  "a range cannot begin at the largest number",
		holds: func(d *dispute) bool {
			return strings.Contains(d.theirs.failure, "ArrayIndexOutOfBoundsException") &&
				d.agreesOn(pair{strings.ReplaceAll(d.pattern, "1.7976931348623157e308", "1.797693134862315e308"), d.event})
		},
		example: pair{`{"a":[{"numeric":[">",1.7976931348623157e308]}]}`, `{"a":1}`},
	},
}

// several is the class of pairs in which only several of our differences
// together explain the answer.
var several = class{name: "several of ours", why: "see the others"}

// anyPath reports whether, for any path, the values that all sub-rules have on
// it satisfy f. The engine may keep them in one automaton.
func (d *dispute) anyPath(f func([]value) bool) bool {
	values := make(map[string][]value)
	for _, rule := range d.reply.deep.rules {
		for path, v := range rule {
			values[path] = append(values[path], v...)
		}
	}
	for _, v := range values {
		if f(v) {
			return true
		}
	}
	return false
}

// anyRule reports whether the values that one sub-rule has on one path satisfy
// f.
func (d *dispute) anyRule(f func([]value) bool) bool {
	for _, rule := range d.reply.deep.rules {
		for _, values := range rule {
			if f(values) {
				return true
			}
		}
	}
	return false
}

// sharesLastValue reports whether two sub-rules have the same last path and a
// common value on it.
func (d *dispute) sharesLastValue() bool {
	seen := make(map[string][]value)
	for _, rule := range d.reply.deep.rules {
		last := ""
		for path := range rule {
			last = max(last, path)
		}
		if slices.ContainsFunc(rule[last], func(v value) bool { return slices.Contains(seen[last], v) }) {
			return true
		}
		seen[last] = append(seen[last], rule[last]...)
	}
	return false
}

func count(values []value, f func(value) bool) int {
	n := 0
	for _, v := range values {
		if f(v) {
			n++
		}
	}
	return n
}

// The kinds of values. Ranges print as bottom/top:open/open:cidr, and other
// values as VP:text.

func isBlock(v value) bool {
	return v.kind == "NUMERIC_RANGE" && strings.HasSuffix(v.text, ":true (T:NUMERIC_RANGE)")
}

// spansQuote reports whether v is a range of numbers of both signs. The engine
// writes a number as bytes of which the first is 0 or 127, by the sign; the
// byte of the quote lies between.
func spansQuote(v value) bool {
	return v.kind == "NUMERIC_RANGE" && strings.HasPrefix(v.text, "[0, ") && strings.Contains(v.text, "/[127, ")
}

// isCompared reports whether v makes the engine compare numbers by value.
func isCompared(v value) bool { return strings.HasPrefix(v.kind, "NUMERIC") && !isBlock(v) }

func isNumber(v value) bool {
	return v.kind == "EXACT" && strings.ContainsAny(v.text[len("VP:"):len("VP:")+1], "-0123456789")
}

func isText(v value) bool {
	switch v.kind {
	case "EXACT":
		return strings.HasPrefix(v.text, `VP:"`)
	case "NUMERIC_EQ", "NUMERIC_RANGE", "EXISTS", "ABSENT":
		return false
	}
	return true
}

func isWildcard(v value) bool { return strings.HasSuffix(v.kind, "WILDCARD") }

func isWildcardList(v value) bool { return isWildcard(v) && strings.Contains(v.text, `", "`) }

func isIgnoreCase(v value) bool { return strings.HasSuffix(v.kind, "IGNORE_CASE") }

func isIgnoreCaseSuffix(v value) bool { return v.kind == "SUFFIX_EQUALS_IGNORE_CASE" }

// isMultiByteSuffix reports whether v tests the end of a string for a text that
// is not ASCII.
func isMultiByteSuffix(v value) bool {
	return strings.Contains(v.kind, "SUFFIX") && strings.ContainsFunc(v.text, func(r rune) bool { return r > unicode.MaxASCII })
}

// rewriteNumbers rewrites the numbers in JSON text. The function is given a
// number as it is spelled and as Java spells the nearest double.
func (d *dispute) rewriteNumbers(text string, f func(literal, double string) string) string {
	var literals []string
	rewrite(text, same, func(literal string) string {
		if _, err := strconv.ParseFloat(literal, 64); err == nil || errors.Is(err, strconv.ErrRange) {
			literals = append(literals, literal)
		}
		return literal
	})
	doubles, err := d.engine.spell(literals...)
	if err != nil {
		d.err = err
		return text
	}
	return rewrite(text, same, func(literal string) string {
		if i := slices.Index(literals, literal); i >= 0 {
			return f(literal, doubles[i])
		}
		return literal
	})
}

// roundNumber spells a number as the service's JSON layer hands it on.
func roundNumber(literal, double string) string {
	switch {
	case !strings.ContainsAny(literal, ".eE"):
		return literal
	case strings.HasSuffix(double, "Infinity"):
		return "-99999999999999999999999999999999" // likewise not comparable, not hexadecimal, in no pattern
	}
	return double
}

// shortenNumber replaces a number whose double Java does not spell in the
// shortest way.
func shortenNumber(literal, double string) string {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil || digits(strconv.FormatFloat(f, 'e', -1, 64)) == digits(double) {
		return literal
	}
	return "77777777" // or any other
}

// digits returns the significant digits of a number.
func digits(number string) string {
	number, _, _ = strings.Cut(number, "e")
	number, _, _ = strings.Cut(number, "E")
	return strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(number), "0")
}

// replaceQuotes replaces the quotes in a string.
func replaceQuotes(literal string) string {
	return strings.NewReplacer(`\\`, `\\`, `\"`, "‡", `\u0022`, "‡").Replace(literal)
}

// escape is an escape sequence, or two that are a surrogate pair.
var escape = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|[0-9a-f]{4})|\\[^u]`)

// replaceHalves replaces halves of surrogate pairs, written as escapes.
func replaceHalves(literal string) string {
	return escape.ReplaceAllStringFunc(literal, func(seq string) string {
		if len(seq) == len(`\ud800`) && seq[2]|0x20 == 'd' && seq[3] >= '8' {
			return "?"
		}
		return seq
	})
}

// replaceMultiByte replaces the characters of a string that are not ASCII.
func replaceMultiByte(literal string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return 'y'
		}
		return r
	}, literal)
}

// fillArrays puts a string into each empty array.
func fillArrays(text string) string {
	var b strings.Builder
	open := -1 // length of b behind an opening bracket after which nothing but white space came
	for i := 0; i < len(text); {
		n := literalLen(text[i:])
		switch lit := text[i : i+n]; {
		case lit == "[":
			b.WriteString(lit)
			open = b.Len()
		case lit == "]" && open >= 0:
			b.WriteString(`"a"]`)
			open = -1
		default:
			b.WriteString(lit)
			if strings.Trim(lit, " \t\r\n") != "" {
				open = -1
			}
		}
		i += n
	}
	return b.String()
}

// repeatsPath reports whether an object of the event has a key twice or a key
// with a dot, without which no path can be reached in two ways.
func repeatsPath(event string) bool {
	dec := json.NewDecoder(strings.NewReader(event))
	var value func() bool
	value = func() bool {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		switch tok {
		case json.Delim('{'):
			found := false
			seen := make(map[string]bool)
			for dec.More() {
				tok, err := dec.Token()
				key, ok := tok.(string)
				if err != nil || !ok {
					return false
				}
				found = found || seen[key] || strings.Contains(key, ".")
				seen[key] = true
				found = value() || found
			}
			dec.Token()
			return found
		case json.Delim('['):
			found := false
			for dec.More() {
				found = value() || found
			}
			dec.Token()
			return found
		}
		return false
	}
	return value()
}

// Package ruler compares package pattern with the open-source engine that
// EventBridge embeds, aws/event-ruler, on generated patterns and events.
// README.md says how to run it and what its output means.
package ruler

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/countertrail/countertrail/pattern"
)

// An answer is what an implementation makes of a pair.
type answer struct {
	refusal string // the service's message if the pattern is not valid
	matched bool
	failure string // why the event could not be read, or how the code broke
}

func (a answer) String() string {
	switch {
	case a.failure != "":
		return "fails: " + a.failure
	case a.refusal != "":
		return "refuses: " + a.refusal
	case a.matched:
		return "matches"
	default:
		return "does not match"
	}
}

// ours returns the answer of package pattern.
func ours(p pair) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{failure: fmt.Sprintf("panic: %v\n%s", r, debug.Stack())}
		}
	}()
	compiled, err := pattern.Compile(p.pattern)
	if err != nil {
		var syntax *pattern.SyntaxError
		if !errors.As(err, &syntax) {
			return answer{failure: fmt.Sprintf("Compile returns a %T", err)}
		}
		return answer{refusal: syntax.AWSMessage()}
	}
	matched, err := compiled.Match([]byte(p.event))
	if err != nil {
		return answer{failure: err.Error()}
	}
	return answer{matched: matched}
}

// The checks that the service makes on top of the engine's.
const (
	maxComplexity = 10
	maxRules      = 1000

	notValid   = "Event pattern is not valid. Reason: "
	tooComplex = notValid + "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"
	tooMany    = notValid + "Or operator is producing over 1000 rule combinations"
)

// theirs returns the answer of the service, as far as the engine tells it.
func theirs(r reply) answer {
	switch {
	case r.refusal != "":
		return answer{refusal: notValid + r.refusal}
	case r.rules > maxRules:
		return answer{refusal: tooMany}
	case r.crash != "":
		return answer{failure: r.crash}
	case r.complexity > maxComplexity:
		return answer{refusal: tooComplex}
	case r.failure != "":
		return answer{failure: r.failure}
	default:
		return answer{matched: r.matched}
	}
}

// A dispute is a pair on which the two do not agree.
type dispute struct {
	pair
	ours, theirs answer
	reply        reply // a deep one
	engine       *engine
	err          error // of asking the engine
}

// newDispute asks for what is needed to judge a pair.
func newDispute(e *engine, p pair) (*dispute, error) {
	replies, err := e.ask(deep, p)
	if err != nil {
		return nil, err
	}
	return &dispute{pair: p, ours: ours(p), theirs: theirs(replies[0]), reply: replies[0], engine: e}, nil
}

// differs reports whether the answers differ, in any build of the engine.
func (d *dispute) differs() bool { return d.ours != d.theirs || d.unsteady() }

// unsteady reports whether the engine contradicts itself.
func (d *dispute) unsteady() bool {
	deep := d.reply.deep
	return deep != nil && deep.matched != 0 && deep.matched != deep.builds
}

// class returns the first of the known classes to which d belongs, or nil.
func (d *dispute) class() (*class, error) {
	for i := range known {
		if c := &known[i]; c.holds(d) {
			return c, d.err
		}
	}
	if d.err != nil {
		return nil, d.err
	}
	// A pair may have several of our differences, or one and a fault of the
	// engine.
	plain := pair{rewrite(d.pattern, replaceQuotes, same), rewrite(d.rewriteNumbers(d.event, roundNumber), replaceQuotes, same)}
	if plain == d.pair || d.err != nil {
		return nil, d.err
	}
	rest, err := newDispute(d.engine, plain)
	switch {
	case err != nil || rest.ours != d.ours:
		return nil, err
	case !rest.differs():
		return &several, nil
	}
	return rest.class()
}

// ask returns the engine's answer to another pair.
func (d *dispute) ask(p pair) (answer, error) {
	replies, err := d.engine.ask(quick, p)
	if err != nil {
		d.err = err
		return answer{}, err
	}
	return theirs(replies[0]), nil
}

// agreesOn reports whether the engine gives our answer to d on another pair.
func (d *dispute) agreesOn(p pair) bool {
	if p == d.pair {
		return false
	}
	a, err := d.ask(p)
	return err == nil && a == d.ours
}

// agreed reports whether another pair is not in dispute.
func (d *dispute) agreed(p pair) bool {
	if p == d.pair {
		return false
	}
	a, err := d.ask(p)
	return err == nil && a == ours(p)
}

// accepted reports whether both accept the pattern.
func (d *dispute) accepted() bool { return d.ours.refusal == "" && d.theirs.refusal == "" }

// apart reports whether both accept the pattern and we give the answer that
// the engine gives when it is taken apart.
func (d *dispute) apart() bool {
	deep := d.reply.deep
	return deep != nil && deep.tried && d.accepted() && d.ours == answer{matched: deep.spec}
}

// kind says in a few words how the answers differ. Disputes with the same
// cause usually have the same kind.
func (d *dispute) kind() string {
	return d.ours.kind() + " / " + d.theirs.kind()
}

func (a answer) kind() string {
	text, _, _ := strings.Cut(strings.TrimPrefix(a.String(), "refuses: "+notValid), "\n")
	text, _, _ = strings.Cut(text, "'") // what follows quotes the pattern
	return strings.TrimRight(text, "0123456789")
}

func (d *dispute) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pattern %s\nevent   %s\nours    %v\ntheirs  %v", d.pattern, d.event, d.ours, d.theirs)
	if deep := d.reply.deep; deep != nil {
		fmt.Fprintf(&b, "\n        %d of %d builds match, %d with the older finder", deep.matched, deep.builds, deep.matchedOld)
		if deep.tried {
			fmt.Fprintf(&b, "; taken apart: %v, with the older finder %v", deep.spec, deep.specOld)
		}
	}
	return b.String()
}

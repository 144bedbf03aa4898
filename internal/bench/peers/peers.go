// Package peers gives the matchers and readers that are compared one form.
package peers

// A Matcher has been built from rules. It need not be safe for concurrent use.
type Matcher interface {
	// AppendMatches appends the positions of the rules that match the event to dst, in any order.
	// The readers, which have no rules, append what they read, boiled down to a number.
	AppendMatches(dst []int32, event []byte) ([]int32, error)
	// Clone returns a matcher with the same rules for another goroutine.
	Clone() Matcher
}

// A Releaser is a matcher that holds what it was built from, until Release.
type Releaser interface {
	Release()
}

// A Peer is a library, or a way to do without.
type Peer struct {
	Name  string
	Reads bool // it reads fields, and does not match
	// Build builds a matcher. A peer whose work has two parts calls compiled between them. It is an
	// error if the peer lacks what a rule asks for.
	Build func(rules []string, compiled func()) (Matcher, error)
}

// Ours is the name of our own matcher.
const Ours = "countertrail"

// Go returns the peers that are Go code.
func Go() []Peer {
	return append([]Peer{
		{Name: Ours, Build: buildSet},
		{Name: "quamina", Build: buildQuamina},
		{Name: "walk", Build: buildWalk},
	}, readers...)
}

// Find returns the Go peer with a name, and whether there is one.
func Find(name string) (Peer, bool) {
	for _, p := range Go() {
		if p.Name == name {
			return p, true
		}
	}
	return Peer{}, false
}

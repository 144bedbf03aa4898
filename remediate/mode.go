package remediate

// A Mode says how far an [Engine] goes. The zero value is [Observe].
type Mode int

// The modes, each of which goes further than the one before.
const (
	// Observe plans and changes nothing.
	Observe Mode = iota
	// Approve applies the plans that every guard lets pass once a person has approved them.
	Approve
	// Enforce applies the plans that every guard lets pass.
	Enforce
)

var modeNames = [...]string{Observe: "observe", Approve: "approve", Enforce: "enforce"}

// String returns the mode's name in lower case.
func (m Mode) String() string { return nameOf(modeNames[:], int(m), "Mode") }

// MarshalText returns the mode's name.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText sets m from a mode's name.
func (m *Mode) UnmarshalText(text []byte) error {
	return setName(m, modeNames[:], text, "mode")
}

// exists reports whether m is one of the modes.
func (m Mode) exists() bool { return m >= Observe && m <= Enforce }

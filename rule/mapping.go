package rule

import "slices"

// A Mapping says to what an entry answers in a published framework.
type Mapping struct {
	Framework string   `json:"framework"`         // "NIST SP 800-53"
	Version   string   `json:"version,omitempty"` // "Rev. 5"; empty if the framework has none
	IDs       []string `json:"ids"`               // "AU-6(1)"
	// By says who published the mapping; empty if it is that of the catalog's authors.
	By string `json:"by,omitempty"`
}

// Mapped returns the ids to which e answers in a framework, in all versions of it, each once.
func (e *Entry) Mapped(framework string) []string {
	var ids []string
	for _, m := range e.Mappings {
		if m.Framework != framework {
			continue
		}
		for _, id := range m.IDs {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// A Delivery says what it takes for the events of a rule to arrive, beside the state that the rule
// needs and the Regions in which it must be.
type Delivery struct {
	// Accounts says in which accounts' event buses the events arrive.
	Accounts string `json:"accounts,omitempty"`
	// SilencedBy says what keeps events from arriving while everything looks well, one thing each.
	SilencedBy []string `json:"silencedBy,omitempty"`
	// Note says what else surprises.
	Note string `json:"note,omitempty"`
}

func (d *Delivery) isZero() bool {
	return d.Accounts == "" && len(d.SilencedBy) == 0 && d.Note == ""
}

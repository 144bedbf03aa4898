package deploy

import "testing"

func TestLogicalID(t *testing.T) {
	for _, tt := range []struct{ id, want, reason string }{
		{"4.5", "Rule4x5", "digits stay apart"},
		{"4.10", "Rule4x10", "so that this"},
		{"41.0", "Rule41x0", "is not that"},
		{"no-more-trail", "RuleNoMoreTrail", "words"},
		{"iam/PolicyChanged", "RuleIamPolicyChanged", "capitals stay"},
		{"a1-b2", "RuleA1B2", "a digit before a word"},
		{"ключ", "RuleU043AU043BU044EU0447", "letters that CloudFormation does not allow"},
		{"a\u202eb", "RuleAU202EB", "what cannot be seen makes a difference"},
		{"../..", "Rule", "nothing is left"},
	} {
		if got := logicalID(tt.id); got != tt.want {
			t.Errorf("logicalID(%q) = %s, want %s: %s", tt.id, got, tt.want, tt.reason)
		}
	}
}

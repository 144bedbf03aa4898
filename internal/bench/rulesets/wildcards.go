package rulesets

import "math/rand/v2"

// Wildcards returns n rules, of at most 15,625, that each look in one field for three parts of two
// letters, and the events for them. Of 64 values 48 have 64 letters and 16 have 1,024.
func Wildcards(n int) (rules []string, events [][]byte) {
	const letters = "abcde"
	var parts []string
	for _, x := range letters {
		for _, y := range letters {
			parts = append(parts, string(x)+string(y))
		}
	}
	c := len(parts)
	r := rand.New(rand.NewPCG(wildcardSeed, 0))
	for _, i := range r.Perm(c * c * c)[:n] {
		rules = append(rules, wildcard("*"+parts[i%c]+"*"+parts[i/c%c]+"*"+parts[i/c/c]+"*"))
	}
	for i := range 64 {
		length := 64
		if i%4 == 3 {
			length = 1024
		}
		events = append(events, wildcardEvent(randomText(r, letters, length)))
	}
	return rules, events
}

// LongWildcard returns a rule with one wildcard of three parts, and values of 2 KB in which the
// first two parts are frequent. The last is in every other value, at its end.
func LongWildcard() (rules []string, events [][]byte) {
	r := rand.New(rand.NewPCG(wildcardSeed, 2048))
	for i := range 16 {
		text := randomText(r, "abcde", 2048)
		if i%2 == 0 {
			text = text[:2046] + "ef"
		}
		events = append(events, wildcardEvent(text))
	}
	return []string{wildcard("*ab*cd*ef*")}, events
}

func wildcard(w string) string {
	return pattern{"detail.errorMessage": {op("wildcard", w)}}.String()
}

func wildcardEvent(text string) []byte {
	return []byte(`{"source":"aws.ec2","detail":{"errorCode":"AccessDenied","errorMessage":"` + text +
		`","readOnly":false}}`)
}

func randomText(r *rand.Rand, letters string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

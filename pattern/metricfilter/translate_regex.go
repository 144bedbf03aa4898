package metricfilter

import (
	"strconv"
	"strings"
)

// globs returns the globs that stand for the texts in which a regular expression is found. There are some if the expression
// has no operators but ^, $, | and .*
func (t *term) globs(r regex) ([]glob, error) {
	var globs []glob
	rest, more := r.source, true
	for more {
		var g glob
		g, rest, more = regexBranch(rest)
		if g == nil {
			return nil, t.fail("EventBridge has no regular expressions, and its wildcards cannot say this one")
		}
		globs = append(globs, g)
	}
	return globs, nil
}

// regexBranch reads the first branch of a regular expression, up to a |, and whether there are more. The glob is nil if there
// is none that says it.
func regexBranch(source string) (g glob, rest string, more bool) {
	source, fromStart := strings.CutPrefix(source, "^")
	toEnd := false
	pieces := glob{""}
	if !fromStart {
		pieces = append(pieces, "")
	}
	for source != "" && source[0] != '|' {
		if toEnd { // something follows $
			return nil, "", false
		}
		if after, ok := strings.CutPrefix(source, ".*"); ok {
			source, pieces = after, append(pieces, "")
			continue
		}
		if source[0] == '$' {
			source, toEnd = source[1:], true
			continue
		}
		c, after, ok := regexCharacter(source)
		if !ok {
			return nil, "", false
		}
		source = after
		pieces[len(pieces)-1] += string(c)
	}
	if !toEnd {
		pieces = append(pieces, "")
	}
	rest, more = strings.CutPrefix(source, "|")
	return pieces.shortened(), rest, more
}

// regexCharacter reads a character that stands for itself, with a backslash where it needs one.
func regexCharacter(source string) (c byte, rest string, ok bool) {
	switch {
	case strings.IndexByte(`^$?[]{}|*+.`, source[0]) >= 0:
		return 0, "", false
	case source[0] != '\\':
		return source[0], source[1:], true
	case source[1] == 'x':
		code, err := strconv.ParseUint(source[2:4], 16, 7)
		return byte(code), source[4:], err == nil
	}
	return source[1], source[2:], !isLetter(source[1])
}

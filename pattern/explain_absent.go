package pattern

import (
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// absentHints returns the hints for a field of which the event has no value.
func (e *explainer) absentHints(f *syntax.Field, r *FieldResult) []rankedHint {
	var all []rankedHint
	add := func(rank int, kind HintKind, fix, message string) {
		all = append(all, rankedHint{Hint{kind, message, fix, -1, -1}, rank})
	}
	path := clean(f.Path, maxShown)
	switch r.Presence {
	case Object:
		message := path + " holds an object"
		if keys := e.event.at(f.Path).children; len(keys) > 0 {
			message += " (" + clean(strings.Join(keys, ", "), maxShown) + ")"
		}
		add(1, HintContainer, "", message+"; to EventBridge only what is in it exists")
	case Empty:
		add(1, HintContainer, "", path+" is empty, which counts as absent")
	case Absent:
		if message := e.parentHint(f.Path); message != "" {
			add(2, HintParent, "", message)
		}
		e.pathHints(f.Path, add)
	}
	for i := range f.Alternatives {
		if a := &f.Alternatives[i]; a.Not {
			source := e.pattern.Source[a.Offset:a.End]
			add(2, HintAbsent, source+`, {"exists": false}`, "anything-but does not accept that the field is absent")
			break
		}
	}
	return all
}

// parentHint says what stands in the way of a path: a value where an object should be.
func (e *explainer) parentHint(path string) string {
	for i := strings.LastIndexByte(path, '.'); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		s := e.event.spots[path[:i]]
		switch {
		case s == nil || !s.seen:
			continue
		case s.objects || len(s.values) == 0:
			return ""
		}
		message := clean(s.path, maxShown) + " is " + describe(s.values[0])
		if s.values[0].kind == value.String {
			message += "; EventBridge does not look into text, even if it is JSON"
		}
		return message
	}
	return ""
}

// maxGuesses bounds how many keys are compared letter by letter for one explanation: some for each of the hundred keys of a
// record and each of a hundred fields.
const maxGuesses = 10_000

// alike reports whether two keys may be meant to be the same.
func (e *explainer) alike(a, b string) bool {
	if e.guesses == maxGuesses {
		return false
	}
	e.guesses++
	return distance(a, b) <= allowedDistance(b)
}

// pathHints looks for the field in another spelling or in another place.
func (e *explainer) pathHints(path string, add func(rank int, kind HintKind, fix, message string)) {
	dot := strings.LastIndexByte(path, '.')
	parent, key := path[:dot+1], path[dot+1:]
	for _, s := range e.event.order {
		if s.path == path || s.path == "" || len(s.path) > maxCompared {
			continue
		}
		dot := strings.LastIndexByte(s.path, '.')
		itsParent, itsKey := s.path[:dot+1], s.path[dot+1:]
		shown := "the event has " + clean(s.path, maxShown)
		if len(s.values) > 0 {
			shown += ", " + describe(s.values[0])
		}
		levels := strings.Count(s.path, ".") - strings.Count(path, ".")
		switch {
		case strings.EqualFold(s.path, path):
			add(1, HintPath, "", shown+": upper and lower case count")
		case itsParent == parent && e.alike(itsKey, key):
			add(3, HintPath, "", shown+": is that what is meant?")
		case strings.EqualFold(itsKey, key) && (contains(itsParent, parent) || contains(parent, itsParent)):
			add(3+max(levels, -levels), HintPath, "", shown+": is that what is meant?")
		case strings.EqualFold(itsKey, key) && levels == 0:
			add(5, HintPath, "", shown+": is that what is meant?")
		}
	}
}

// contains reports whether an object's path begins or ends with that of another: whether keys have been left out between.
func contains(path, other string) bool {
	return strings.HasPrefix(path, other) || strings.HasSuffix(path, other)
}

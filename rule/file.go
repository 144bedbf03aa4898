package rule

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/countertrail/countertrail/pattern"
)

// A file is one file of a catalog. Its methods that read go on after a problem, so that a file can
// be mended in one go.
type file struct {
	name     string // empty if the text comes from elsewhere
	data     []byte
	root     value
	problems []problem
	places   []place // of the members and elements that were read

	offsets map[string]int // of the first so many places, by path
	indexed int
}

func newFile(name string, data []byte) *file {
	f := &file{name: name, data: data, places: make([]place, 0, 24)}
	f.root, f.problems = parseValue(data)
	return f
}

// required are the members that an entry must have, in one of its files.
var required = []string{"id", "title", "severity", "state", "pattern"}

// A reading is an entry and the files that it was read from, the first of them first.
type reading struct {
	entry Entry
	files []*file
}

// readRule reads from an entry's first file what its rule needs.
func readRule(first *file) *reading {
	r := &reading{files: []*file{first}}
	if first.root.text != nil {
		first.some(first.root, required, first.ruleMembers(&r.entry.Rule))
	}
	if r.sound() {
		var c checker
		r.entry.Rule.check(&c)
		r.place(c.problems)
	}
	return r
}

// readEntry reads an entry from its files.
func readEntry(files []*file) *reading {
	r := &reading{files: files}
	for i, f := range files {
		if f.root.text == nil {
			continue
		}
		f.all(f.root, nil, f.entryMembers(&r.entry))
		for _, before := range files[:i] {
			f.repeats(before)
		}
	}
	if !slices.ContainsFunc(files, func(f *file) bool { return !f.root.is(object) }) {
		for _, name := range append(required[:len(required):len(required)], "examples") {
			if !slices.ContainsFunc(files, func(f *file) bool { return f.has(name) }) {
				files[0].problemf("", "no member %q", name)
			}
		}
	}
	if r.sound() {
		r.place(r.entry.problems())
	}
	return r
}

// sound reports whether nothing is wrong so far. Otherwise the entry is not what its author meant.
func (r *reading) sound() bool {
	return !slices.ContainsFunc(r.files, func(f *file) bool { return len(f.problems) > 0 })
}

// holder returns the file that holds the member at path, nil if none does.
func (r *reading) holder(path string) *file {
	for _, f := range r.files {
		if _, ok := f.offset(path); ok {
			return f
		}
	}
	return nil
}

// place records problems with members by their paths.
func (r *reading) place(problems []problem) {
	for _, p := range problems {
		cmp.Or(r.holder(p.path), r.files[0]).problemf(p.path, "%s", p.reason)
	}
}

// errors returns what is wrong in all files.
func (r *reading) errors() (errs []error) {
	for _, f := range r.files {
		errs = append(errs, f.errors()...)
	}
	return errs
}

// repeats reports members of f that an earlier file has.
func (f *file) repeats(before *file) {
	if !f.root.is(object) {
		return
	}
	for name := range f.root.members() {
		if before.has(name) {
			f.problemf(name, "repeated member; it is in %s too", before.name)
		}
	}
}

// members says what becomes of the members of an object, which are few.
type members []struct {
	name string
	read func(value)
}

// of returns what becomes of the member of a name, nil if it is not known.
func (all members) of(name string) func(value) {
	for i := range all {
		if all[i].name == name {
			return all[i].read
		}
	}
	return nil
}

func (f *file) entryMembers(e *Entry) members {
	return append(f.ruleMembers(&e.Rule), members{
		{"filters", list(f, &e.Filters, (*file).readFilter)},
		{"errata", list(f, &e.Errata, (*file).readErratum)},
		{"departures", list(f, &e.Departures, (*file).readDeparture)},
		{"extended", f.pattern(&e.Extended)},
		{"additions", list(f, &e.Additions, (*file).readAddition)},
		{"calls", list(f, &e.Calls, (*file).readCall)},
		{"delivery", func(v value) { e.Delivery = f.readDelivery(v) }},
		{"mappings", list(f, &e.Mappings, (*file).readMapping)},
		{"examples", list(f, &e.Examples, (*file).readExample)},
	}...)
}

func (f *file) ruleMembers(r *Rule) members {
	return members{
		{"id", text(f, &r.ID)},
		{"title", text(f, &r.Title)},
		{"description", text(f, &r.Description)},
		{"severity", f.severity(&r.Severity)},
		{"severities", func(v value) { r.Severities = f.readSeverities(v) }},
		{"state", text(f, &r.State)},
		{"regions", f.texts(&r.Regions)},
		{"pattern", f.pattern(&r.Pattern)},
		{"references", f.texts(&r.References)},
	}
}

func (f *file) readFilter(v value) (x Filter) {
	f.all(v, []string{"text"}, members{
		{"text", text(f, &x.Text)},
		{"literal", f.pattern(&x.Literal)},
		{"regions", f.texts(&x.Regions)},
		{"versions", f.texts(&x.Versions)},
	})
	return x
}

func (f *file) readErratum(v value) (x Erratum) {
	f.all(v, []string{"text"}, members{
		{"text", text(f, &x.Text)},
		{"versions", f.texts(&x.Versions)},
	})
	return x
}

func (f *file) readDeparture(v value) (d Departure) {
	f.all(v, []string{"change", "reason"}, members{
		{"change", text(f, &d.Change)},
		{"reason", text(f, &d.Reason)},
		{"where", f.pattern(&d.Where)},
		{"versions", f.texts(&d.Versions)},
	})
	return d
}

func (f *file) readAddition(v value) (a Addition) {
	f.all(v, []string{"change", "reason"}, members{
		{"change", text(f, &a.Change)},
		{"reason", text(f, &a.Reason)},
	})
	return a
}

func (f *file) readCall(v value) (c Call) {
	f.all(v, []string{"source", "name", "mutating"}, members{
		{"source", text(f, &c.Source)},
		{"name", text(f, &c.Name)},
		{"reason", text(f, &c.Reason)},
		{"mutating", f.flag(&c.Mutating)},
		{"reversal", func(v value) { c.Reversal = f.readReversal(v) }},
	})
	return c
}

func (f *file) readReversal(v value) (r Reversal) {
	f.all(v, []string{"basis"}, members{
		{"basis", text(f, &r.Basis)},
		{"how", text(f, &r.How)},
		{"contain", text(f, &r.Contain)},
		{"actions", f.texts(&r.Actions)},
		{"note", text(f, &r.Note)},
	})
	return r
}

func (f *file) readDelivery(v value) (d Delivery) {
	f.all(v, nil, members{
		{"accounts", text(f, &d.Accounts)},
		{"silencedBy", f.texts(&d.SilencedBy)},
		{"note", text(f, &d.Note)},
	})
	return d
}

func (f *file) readMapping(v value) (m Mapping) {
	f.all(v, []string{"framework", "ids"}, members{
		{"framework", text(f, &m.Framework)},
		{"version", text(f, &m.Version)},
		{"ids", f.texts(&m.IDs)},
		{"by", text(f, &m.By)},
	})
	return m
}

func (f *file) readExample(v value) (x Example) {
	f.all(v, []string{"match", "reason", "event"}, members{
		{"match", f.flag(&x.Match)},
		{"reason", text(f, &x.Reason)},
		{"event", func(v value) {
			f.want(v, object)
			x.Event = v.text
		}},
	})
	return x
}

func (f *file) readSeverities(v value) map[string]Severity {
	if !f.want(v, object) {
		return nil
	}
	all := make(map[string]Severity)
	for name, m := range v.members() {
		f.places = append(f.places, m.place)
		var s Severity
		f.severity(&s)(m)
		all[name] = s
	}
	return all
}

func (f *file) readPattern(v value) *pattern.Pattern {
	if !f.want(v, object) {
		return nil
	}
	p, err := pattern.Compile(string(v.text))
	if err == nil {
		return p
	}
	wrong := problem{v.path(), v.offset, err.Error()}
	var syntax *pattern.SyntaxError
	if errors.As(err, &syntax) {
		wrong.offset += syntax.Offset
		wrong.reason = syntax.Reason
		if syntax.Path != "" {
			wrong.path += "." + syntax.Path
		}
	}
	f.problems = append(f.problems, wrong)
	return nil
}

// The functions below return what becomes of a member that is read into p.

func text[S ~string](f *file, p *S) func(value) {
	return func(v value) {
		if f.want(v, str) {
			*p = S(unquote(v.text))
		}
	}
}

func list[T any](f *file, p *[]T, read func(*file, value) T) func(value) {
	return func(v value) {
		if !f.want(v, array) {
			return
		}
		for item := range v.items() {
			f.places = append(f.places, item.place)
			*p = append(*p, read(f, item))
		}
	}
}

func (f *file) texts(p *[]string) func(value) {
	return list(f, p, func(f *file, v value) (s string) {
		text(f, &s)(v)
		return s
	})
}

func (f *file) flag(p *bool) func(value) {
	return func(v value) { *p = f.want(v, boolean) && v.text[0] == 't' }
}

func (f *file) pattern(p **pattern.Pattern) func(value) {
	return func(v value) { *p = f.readPattern(v) }
}

func (f *file) severity(p *Severity) func(value) {
	return func(v value) {
		if !f.want(v, str) {
			return
		}
		s, err := parseSeverity(unquote(v.text))
		if err != nil {
			f.problemf(v.path(), "%v", err)
		}
		*p = s
	}
}

// all reads the members of v, an object, and reports those that are not known, and those of
// required that are missing.
func (f *file) all(v value, required []string, known members) {
	f.object(v, required, known, func(m value) { f.problemf(m.path(), "unknown member") })
}

// some is all for an object of which only the known members matter.
func (f *file) some(v value, required []string, known members) {
	f.object(v, required, known, func(value) {})
}

func (f *file) object(v value, required []string, known members, unknown func(value)) {
	if !f.want(v, object) {
		return
	}
	missing := slices.Clone(required)
	for name, m := range v.members() {
		f.places = append(f.places, m.place)
		if i := slices.Index(missing, name); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		}
		if read := known.of(name); read != nil {
			read(m)
		} else {
			unknown(m)
		}
	}
	for _, name := range missing {
		f.problemf(v.path(), "no member %q", name)
	}
}

// want reports whether v is of kind k, and reports it if not.
func (f *file) want(v value, k kind) bool {
	ok := v.kind() == k
	if !ok {
		f.problems = append(f.problems, problem{v.path(), v.offset, fmt.Sprintf("want %s, not %s", k, v.kind())})
	}
	return ok
}

// problemf records a problem with the member at path, which was read.
func (f *file) problemf(path, format string, args ...any) {
	offset, _ := f.offset(path)
	f.problems = append(f.problems, problem{path, offset, fmt.Sprintf(format, args...)})
}

// has reports whether a member of the whole file was read.
func (f *file) has(name string) bool {
	return slices.ContainsFunc(f.places, func(p place) bool { return p.in == "" && p.path() == name })
}

// offset returns the offset of the member or element at path, and whether one was read. It is asked
// only when something is wrong.
func (f *file) offset(path string) (int, bool) {
	if f.offsets == nil {
		f.offsets = make(map[string]int, len(f.places))
	}
	for ; f.indexed < len(f.places); f.indexed++ {
		p := &f.places[f.indexed]
		f.offsets[p.path()] = p.offset
	}
	offset, ok := f.offsets[path]
	return offset, ok
}

// errors returns the problems of the file in the order of the file.
func (f *file) errors() []error {
	slices.SortStableFunc(f.problems, func(a, b problem) int { return cmp.Compare(a.offset, b.offset) })
	var errs []error
	for _, p := range f.problems {
		before := f.data[:p.offset]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - bytes.LastIndexByte(before, '\n')
		at := fmt.Sprintf("%d:%d", line, column)
		if f.name != "" {
			at = f.name + ":" + at
		}
		if p.path != "" {
			at += ": " + p.path
		}
		errs = append(errs, fmt.Errorf("rule: %s: %s", at, p.reason))
	}
	return errs
}

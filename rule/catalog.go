package rule

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"

	"github.com/countertrail/countertrail/pattern"
)

// Read reads a catalog of rules: every file of fsys, in any directory, whose name ends in ".json".
// Each holds one entry, an object with these members:
//
//	id           a name without spaces, unique in the catalog
//	title        what happened, in one line
//	description  why it matters and what to look at first (optional)
//	severity     "info", "low", "medium", "high" or "critical"
//	state        "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" or "DISABLED"
//	pattern      the event pattern, as EventBridge takes it
//	references   an array of URLs (optional)
//	filter       the metric filter that the pattern stands in for (optional)
//	errata       an array of mistakes in that filter (optional)
//	departures   an array of {"change": "…", "reason": "…"} (optional)
//	examples     an array of {"match": true or false, "reason": "…", "event": {…}}
//
// The fields of [Entry] say more. Names are exact; an unknown member is an error, and so is a
// repeated one, and so is what [Entry.Check] reports: a catalog that was read has given the right
// answer on all its examples.
//
// Entries are returned in the order of [CompareIDs]. Their patterns and the events of their
// examples are byte for byte as in the file.
//
// The error tells of every mistake in every file, one a line: the file, the line, the column in
// bytes, the member, and what is wrong with it, for a pattern in AWS's words. No entries are
// returned beside it, for half a catalog would watch half of what it should, in silence; that
// fsys holds no entry is an error for the same reason. Errors of fsys are wrapped.
func Read(fsys fs.FS) ([]Entry, error) {
	names, err := entryFiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("rule: no file whose name ends in .json")
	}
	var (
		entries []Entry
		errs    []error
		holder  = make(map[string]string) // of an id: the name of its file
	)
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule: %w", err))
			continue
		}
		f := readFile(data)
		if first, taken := holder[f.entry.ID]; taken {
			f.problemf("id", "%q is the id in %s too", f.entry.ID, first)
		} else if f.entry.ID != "" {
			holder[f.entry.ID] = name
		}
		errs = append(errs, f.errors(name)...)
		entries = append(entries, f.entry)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return CompareIDs(a.ID, b.ID) })
	return entries, nil
}

// entryFiles returns the names of the files that hold entries, in the order in which their errors
// are told.
func entryFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".json" {
			names = append(names, name)
		}
		return err
	})
	slices.SortFunc(names, CompareIDs)
	return names, err
}

// A file is one file of a catalog. Its methods that read go on after a problem, so that a file can
// be mended in one go.
type file struct {
	data     []byte
	entry    Entry
	problems []problem
	offsets  map[string]int // of the members that were read, by path
}

func readFile(data []byte) *file {
	root, problems := parseValue(data)
	f := &file{data: data, problems: problems, offsets: make(map[string]int)}
	if root.text != nil {
		f.entry = f.readEntry(root)
	}
	if len(f.problems) > 0 {
		return f // the entry is not what its author meant
	}
	for _, p := range f.entry.problems() {
		f.problemf(p.path, "%s", p.reason)
	}
	return f
}

func (f *file) readEntry(v value) (e Entry) {
	for name, m := range f.members(v, "id", "title", "severity", "state", "pattern", "examples") {
		switch name {
		case "id":
			e.ID = f.readString(m)
		case "title":
			e.Title = f.readString(m)
		case "description":
			e.Description = f.readString(m)
		case "severity":
			e.Severity = f.readSeverity(m)
		case "state":
			e.State = State(f.readString(m))
		case "pattern":
			e.Pattern = f.readPattern(m)
		case "references":
			e.References = readList(f, m, (*file).readString)
		case "filter":
			e.Filter = f.readString(m)
		case "errata":
			e.Errata = readList(f, m, (*file).readString)
		case "departures":
			e.Departures = readList(f, m, (*file).readDeparture)
		case "examples":
			e.Examples = readList(f, m, (*file).readExample)
		default:
			f.problemf(m.path, "unknown member")
		}
	}
	return e
}

func (f *file) readDeparture(v value) (d Departure) {
	for name, m := range f.members(v, "change", "reason") {
		switch name {
		case "change":
			d.Change = f.readString(m)
		case "reason":
			d.Reason = f.readString(m)
		default:
			f.problemf(m.path, "unknown member")
		}
	}
	return d
}

func (f *file) readExample(v value) (x Example) {
	for name, m := range f.members(v, "match", "reason", "event") {
		switch name {
		case "match":
			x.Match = f.want(m, boolean) && m.text[0] == 't'
		case "reason":
			x.Reason = f.readString(m)
		case "event":
			f.want(m, object)
			x.Event = m.text
		default:
			f.problemf(m.path, "unknown member")
		}
	}
	return x
}

func (f *file) readSeverity(v value) Severity {
	if !f.want(v, str) {
		return 0
	}
	s, err := parseSeverity(unquote(v.text))
	if err != nil {
		f.problemf(v.path, "%v", err)
	}
	return s
}

func (f *file) readPattern(v value) *pattern.Pattern {
	if !f.want(v, object) {
		return nil
	}
	p, err := pattern.Compile(string(v.text))
	if err == nil {
		return p
	}
	wrong := problem{v.path, v.offset, err.Error()}
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

func (f *file) readString(v value) string {
	if !f.want(v, str) {
		return ""
	}
	return unquote(v.text)
}

func readList[T any](f *file, v value, read func(*file, value) T) []T {
	if !f.want(v, array) {
		return nil
	}
	var all []T
	for item := range v.items() {
		f.offsets[item.path] = item.offset
		all = append(all, read(f, item))
	}
	return all
}

// members yields the members of v, and then reports those of required that are missing.
func (f *file) members(v value, required ...string) iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if !f.want(v, object) {
			return
		}
		found := make(map[string]bool)
		for name, m := range v.members() {
			found[name] = true
			f.offsets[m.path] = m.offset
			if !yield(name, m) {
				return
			}
		}
		for _, name := range required {
			if !found[name] {
				f.problemf(v.path, "no member %q", name)
			}
		}
	}
}

// want reports whether v is of kind k, and reports it if not.
func (f *file) want(v value, k kind) bool {
	ok := v.kind() == k
	if !ok {
		f.problemf(v.path, "want %s, not %s", k, v.kind())
	}
	return ok
}

// problemf records a problem with the member at path, which was read.
func (f *file) problemf(path, format string, args ...any) {
	f.problems = append(f.problems, problem{path, f.offsets[path], fmt.Sprintf(format, args...)})
}

// errors returns the problems of the file, whose name is name, in the order of the file.
func (f *file) errors(name string) []error {
	slices.SortStableFunc(f.problems, func(a, b problem) int { return cmp.Compare(a.offset, b.offset) })
	var errs []error
	for _, p := range f.problems {
		before := f.data[:p.offset]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - bytes.LastIndexByte(before, '\n')
		at := fmt.Sprintf("%s:%d:%d", name, line, column)
		if p.path != "" {
			at += ": " + p.path
		}
		errs = append(errs, fmt.Errorf("rule: %s: %s", at, p.reason))
	}
	return errs
}

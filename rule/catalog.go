package rule

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Read reads a catalog of rules: every file of fsys, in any directory, whose name ends in ".json".
// Each holds one entry, an object with these members:
//
//	id           a name without spaces, unique in the catalog
//	title        what happened, in one line
//	description  why it matters and what to look at first (optional)
//	severity     "info", "low", "medium", "high" or "critical"
//	severities   an object: the severities of calls that have another one, by event name (optional)
//	state        "ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" or "DISABLED"
//	regions      an array: the only Regions in which the events arrive (optional)
//	pattern      the event pattern, as EventBridge takes it
//	references   an array of URLs (optional)
//	filters      an array of {"text": "…", "literal": {…}, "regions": […], "versions": […]}, the
//	             metric filters that the pattern stands in for; all but the text is optional (optional)
//	errata       an array of {"text": "…", "versions": […]}, mistakes in those filters (optional)
//	departures   an array of {"change": "…", "reason": "…", "where": {…}, "versions": […]}, the last
//	             two of which are optional (optional)
//	extended     the pattern of the extended form (optional)
//	additions    an array of {"change": "…", "reason": "…"}, what the extended form asks for beside
//	             calls (optional)
//	calls        an array of {"source": "…", "name": "…", "reason": "…", "mutating": true or false,
//	             "reversal": {"basis": "…", "how": "…", "contain": "…", "actions": […], "note": "…"}},
//	             where "reason", "reversal" and what is in it are optional (optional)
//	delivery     {"accounts": "…", "silencedBy": […], "note": "…"}, each optional (optional)
//	mappings     an array of {"framework": "…", "version": "…", "ids": […], "by": "…"}, where
//	             "version" and "by" are optional (optional)
//	examples     an array of {"match": true or false, "reason": "…", "event": {…}}
//
// The fields of [Entry] say more. Names are exact; an unknown member is an error, and so is a
// repeated one, and so is what [Entry.Check] reports: a catalog that was read has given the right
// answer on all its examples.
//
// The members of a long entry may be spread over up to three files of one directory, NAME.json,
// NAME.facts.json and NAME.examples.json. [ReadRules] opens the first only, and is the quicker the
// less is in it.
//
// Entries are returned in the order of [CompareIDs]. Their patterns and the events of their
// examples are byte for byte as in the file.
//
// The error tells of every mistake in every file, one a line: the file, the line, the column in
// bytes, the member, and what is wrong with it, for a pattern in AWS's words. No entries are
// returned beside it, for half a catalog would watch half of what it should, in silence; that
// fsys holds no entry is an error for the same reason. Errors of fsys are wrapped.
func Read(fsys fs.FS) ([]Entry, error) {
	return read(fsys, func(name string) (*reading, error) {
		files, err := openEntry(fsys, name)
		if err != nil {
			return nil, err
		}
		return readEntry(files), nil
	})
}

// ReadRules reads the rules of a catalog, and leaves unread whatever a rule at run time does not
// need: examples are not tried, other members not looked at, and the files NAME.facts.json and
// NAME.examples.json not opened. It is for programs that start often and have a test which calls
// [Read] on the same files. In everything else it is as Read is.
func ReadRules(fsys fs.FS) ([]Rule, error) {
	entries, err := read(fsys, func(name string) (*reading, error) {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		return readRule(newFile(name, data)), nil
	})
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, len(entries))
	for i := range entries {
		rules[i] = entries[i].Rule
	}
	return rules, nil
}

// read calls one for the name of each entry's first file, and returns the entries in order. The
// errors of one are those of fsys.
func read(fsys fs.FS, one func(name string) (*reading, error)) ([]Entry, error) {
	names, errs, err := entryFiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("rule: %w", err)
	}
	if len(names) == 0 && len(errs) == 0 {
		return nil, errors.New("rule: no file whose name ends in .json")
	}
	entries := make([]Entry, 0, len(names))
	holders := make(map[string]*reading) // of ids
	for _, name := range names {
		r, err := one(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("rule: %w", err))
			continue
		}
		if id := r.entry.ID; id != "" {
			if first := holders[id]; first != nil {
				r.holder("id").problemf("id", "%q is the id in %s too", id, first.holder("id").name)
			} else {
				holders[id] = r
			}
		}
		errs = append(errs, r.errors()...)
		entries = append(entries, r.entry)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return CompareIDs(a.ID, b.ID) })
	return entries, nil
}

// The endings of the files over which an entry may be spread, beside its first.
var partEndings = []string{".facts.json", ".examples.json"}

// entryFiles returns the names of the first files of all entries, in the order in which their
// errors are told, and an error for each other file that belongs to none.
func entryFiles(fsys fs.FS) (first []string, errs []error, err error) {
	var parts []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || path.Ext(name) != ".json":
		case firstOf(name) != name:
			parts = append(parts, name)
		default:
			first = append(first, name)
		}
		return err
	})
	parts = slices.DeleteFunc(parts, func(name string) bool { return slices.Contains(first, firstOf(name)) })
	slices.SortFunc(first, CompareIDs)
	slices.SortFunc(parts, CompareIDs)
	for _, name := range parts {
		errs = append(errs, fmt.Errorf("rule: %s: a part of an entry, and there is no %s", name, firstOf(name)))
	}
	return first, errs, err
}

// firstOf returns the name of the first file of the entry to which a file belongs.
func firstOf(name string) string {
	for _, ending := range partEndings {
		if stem, ok := strings.CutSuffix(name, ending); ok {
			return stem + ".json"
		}
	}
	return name
}

// openEntry returns the files of the entry whose first file is name.
func openEntry(fsys fs.FS, name string) ([]*file, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	files := []*file{newFile(name, data)}
	for _, ending := range partEndings {
		part := strings.TrimSuffix(name, ".json") + ending
		data, err := fs.ReadFile(fsys, part)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files = append(files, newFile(part, data))
	}
	return files, nil
}

package event

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxRecord is the size of the largest record that [ReadLog] reads. CloudTrail writes up to
// 256 KB, and 1 MB into an event data store that is set to take large events; four times as much
// leaves room for the indentation of pretty-printed ones.
const maxRecord = 4 << 20

var errTooLarge = fmt.Errorf("larger than %d bytes", maxRecord)

// A RecordError says that a stretch of a log was not read as a record. It does not end the log.
//
// It wraps Err, which is a [*FormError] for an intact text that is not a CloudTrail record, such
// as a notification of S3, and a [*ParseError] for one that is damaged or too large.
type RecordError struct {
	Index  int   // counts what the log was found to hold, from 0
	Offset int64 // where the stretch begins, in bytes of the uncompressed text
	End    int64 // where it ends
	Err    error
}

func (e *RecordError) Error() string {
	reason := fmt.Sprint(e.Err)
	if p, ok := e.Err.(*ParseError); ok {
		reason = p.text()
	}
	return fmt.Sprintf("event: record %d at offset %d: %s", e.Index, e.Offset, reason)
}

func (e *RecordError) Unwrap() error { return e.Err }

// ReadLog reads a CloudTrail log and yields each of its records, in the envelope in which
// EventBridge would have delivered it. It reads r as far as the loop gets, once, and holds some
// megabytes of text at most, however long the log is.
//
// The text is plain or compressed with gzip, which ReadLog finds out by itself. It is a log file
// of CloudTrail, {"Records":[…]}; an array of records; records that follow one another, such as
// one a line; or several of these. Whole events, as EventBridge delivers them, may stand in the
// place of records, and go through [Parse].
//
// # Envelopes
//
// The detail is the record, byte for byte. The detail-type goes by the record's eventType, and is
// that of an API call if there is none or an unknown one; the source by its eventSource; account,
// time and region by recipientAccountId, or else the caller's account, eventTime and awsRegion.
// The id is the record's eventID, so that the same log gives the same events. What the record
// lacks, or has in an unreadable form, is empty.
//
// # Errors
//
// Each error comes without an event. A [*RecordError] stands for a stretch of the log that is not
// a record: something else that got among them, or damaged text. The records around it are
// delivered, and errors.As with a [*FormError] tells the one from the other. Any other error is
// the last thing that ReadLog yields: the log could not be read to its end. It wraps the error of
// r or of package gzip, or [io.ErrUnexpectedEOF] if the text is empty or breaks off. A record that
// is intact as JSON is delivered even if [Event.CloudTrail] will find fault with it, as it would
// be on the bus.
//
// Behind damaged text, ReadLog reads on where it finds the next record: at an object that begins
// a line, also within what seemed to be the damaged record; and, from where the syntax broke, at
// an object that begins with one of the names with which records and events begin. It must turn
// out to be a record, or another known form. So records next to damaged ones can be lost, with
// them in one RecordError; and what stands in an array within a damaged record can be taken for
// a record of its own.
func ReadLog(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		src := bufio.NewReader(r)
		l := logReader{window: window{src: src}, source: "text", yield: yield}
		if magic, _ := src.Peek(2); string(magic) == "\x1f\x8b" {
			l.source = "gzip data"
			zr, err := gzip.NewReader(src)
			if err != nil {
				l.err = err
				l.end()
				return
			}
			l.src = zr
		}
		l.read()
	}
}

// A logReader reads one log.
type logReader struct {
	window
	source  string // what it is read from, for errors
	yield   func(*Event, error) bool
	stopped bool // nothing more must be yielded
	index   int  // of the next record
	state   logState
	records bool     // the array is the Records of an object
	outer   logState // what comes after that object

	// How far the text was read in vain, and how many times from a place before that.
	reach int64
	vain  int
}

// A logState says what the reader is next to find.
type logState int

const (
	atValue   logState = iota // an object or an array
	atFirst                   // the first element of an array, or its end
	atElement                 // an element of an array
	atComma                   // a comma, or the end of the array
	atMember                  // a comma and a member, or the end of the object
	adrift                    // anything: the text was damaged before, and what is open is not known
)

func (l *logReader) read() {
	l.fill()
	if bom := "\uFEFF"; bytes.HasPrefix(l.buf, []byte(bom)) {
		l.pos = len(bom)
	}
	if _, ok := l.next(); !ok && l.err == io.EOF {
		l.fail("event: log: the text is empty: %w", io.ErrUnexpectedEOF)
	}
	for !l.stopped {
		c, ok := l.next()
		if !ok {
			l.end()
			return
		}
		l.step(c)
	}
}

// step reads what begins with c, the byte at pos.
func (l *logReader) step(c byte) {
	switch l.state {
	case atValue:
		if c == '[' {
			l.pos++
			l.state, l.records = atFirst, false
			return
		}
	case atFirst:
		if c == ']' {
			l.closeArray()
			return
		}
	case atComma:
		switch c {
		case ',':
			l.pos++
			l.state = atElement
		case ']':
			l.closeArray()
		default:
			l.stray("',' or ']'")
		}
		return
	case atMember:
		switch c {
		case ',':
			l.member()
		case '}':
			l.pos++
			l.state, l.records = l.outer, false
		default:
			l.stray("',' or '}'")
		}
		return
	case adrift:
		if c == ',' || c == ']' || c == '}' || c == '[' {
			l.pos++
			return
		}
	}
	if c != '{' {
		l.stray("a record")
		return
	}
	l.element()
}

// stray reports that at pos there is not what is wanted.
func (l *logReader) stray(want string) {
	d := decoder{data: l.buf[l.pos:], base: l.offset()}
	d.syntax(want)
	if l.buf[l.pos] != '{' { // else it may be a record that lacks what goes before it
		l.passOver(0)
	}
	l.damaged(d.err.Offset, d.err)
}

func (l *logReader) closeArray() {
	l.pos++
	l.state = atValue
	if l.records {
		l.state = atMember
	}
}

// element reads the object at pos: a record, or the object that holds the Records.
func (l *logReader) element() {
	// There is no log within a log.
	rule := stopAtRecords
	if l.records {
		rule = lookIntoBatch
	}
	at := l.offset()
	o, n, err := l.outline(rule)
	if err != nil {
		l.passOver(n)
		l.damaged(at, err)
		return
	}
	next := l.state
	if next == atFirst || next == atElement {
		next = atComma
	}
	if o.records {
		l.pos += n
		l.state, l.records, l.outer = atFirst, true, next
		return
	}
	l.state = next
	l.deliver(&o, n)
}

// deliver yields the next n bytes, of which o is the outline.
func (l *logReader) deliver(o *outline, n int) {
	at := l.offset()
	text := l.buf[l.pos : l.pos+n]
	l.pos += n

	var e *Event
	var fault *ParseError
	lost := &RecordError{Index: l.index, Offset: at, End: at + int64(n)}
	switch form := o.form(); form {
	case FormEvent:
		e, fault = parse(bytes.Clone(text))
	case FormRecord:
		e, fault = wrap(text, o)
	default:
		lost.Err = &FormError{Got: form, Want: FormRecord}
	}
	if fault != nil {
		fault.Offset += at
		lost.Err = fault
	}
	l.index++
	if lost.Err != nil {
		l.emit(nil, lost)
		return
	}
	l.emit(e, nil)
}

// member reads a comma and a member of the object that holds the Records.
func (l *logReader) member() {
	var again bool
	at := l.offset()
	n, err := l.try(func(d *decoder) {
		d.pos++ // the comma
		name := unquote(d.name())
		if again = name == "Records" && d.peek() == '['; again {
			d.begin()
			return
		}
		d.skip()
	})
	if err != nil {
		l.passOver(n)
		l.damaged(at, err)
		return
	}
	l.pos += n
	if again {
		l.state = atFirst
	}
}

// outline reads the value at pos. It returns its length or, with an error, how far it read.
func (l *logReader) outline(rule batchRule) (o outline, n int, err *ParseError) {
	n, err = l.try(func(d *decoder) {
		o = outline{}
		o.read(d, rule)
	})
	if err != nil && err.Err == errTooLarge {
		// Something else can be as large as it likes.
		if form := o.form(); form != FormUnknown && form != FormRecord && form != FormEvent {
			err.Err = &FormError{Got: form, Want: FormRecord}
		}
	}
	return o, n, err
}

// try calls read with the text from pos on. If that runs into the end of what is buffered, it
// buffers at least as much again and calls read again from the start: twice the work at worst,
// and read needs no memory of where it was.
func (l *logReader) try(read func(*decoder)) (n int, err *ParseError) {
	for {
		d := decoder{data: l.buf[l.pos:], base: l.offset(), lax: true}
		read(&d)
		switch {
		case d.pos > maxRecord && (d.err == nil || d.err.Offset-d.base > maxRecord):
			return maxRecord, &ParseError{Offset: d.base, Err: errTooLarge}
		case d.err == nil:
			return d.pos, nil
		case !errors.Is(d.err, io.ErrUnexpectedEOF) || !l.fill():
			return int(d.err.Offset - d.base), d.err
		}
	}
}

// maxVain is how many times text is read again in vain, so that a hostile log does not cost more
// than so many times its length. Damage costs once or twice.
const maxVain = 8

// damaged reports the damage that begins at the given offset, and goes to the next record at or
// behind pos. What fails on the way there belongs to the same damage.
func (l *logReader) damaged(at int64, err *ParseError) {
	l.state, l.records = adrift, false
	lost := &RecordError{Index: l.index, Offset: at, Err: err}
	l.index++
	cut := errors.Is(err, io.ErrUnexpectedEOF)
	for l.findRecord() {
		o, n, err := l.outline(stopAtRecords)
		if err == nil && (o.records || o.form() != FormUnknown) {
			lost.End = l.offset()
			l.emit(nil, lost)
			return
		}
		cut = cut || err != nil && errors.Is(err, io.ErrUnexpectedEOF)
		l.passOver(n)
	}
	lost.End = l.offset()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		l.emit(nil, lost)
	}
	if cut && l.err == io.EOF {
		l.fail("event: log: the text breaks off at offset %d, in the record at offset %d: %w", lost.End, at, io.ErrUnexpectedEOF)
	}
}

// passOver leaves pos, from where text was read in vain for n bytes.
func (l *logReader) passOver(n int) {
	if l.offset() >= l.reach {
		l.vain = 0
	}
	// A string that was not closed ends at the quote with which the next name begins, and hides
	// the bracket before that from the syntax.
	if before, ok := bytes.CutSuffix(l.buf[l.pos:l.pos+n], []byte{'"'}); ok {
		if before, ok = bytes.CutSuffix(bytes.TrimRight(before, " \t\r\n"), []byte{'{'}); ok {
			n = len(before)
		}
	}
	l.reach = max(l.reach, l.offset()+int64(n))
	l.pos++
	if l.vain++; l.vain > maxVain {
		l.pos = max(l.pos, int(l.reach-l.base))
	}
}

// findRecord goes to the next place at or behind pos where a record seems to begin. If there is
// none, it goes to the end and returns false.
func (l *logReader) findRecord() bool {
	// The name that a record begins with is within this many bytes, indentation included.
	const ahead = 256
	behind := l.buf[:l.pos]
	newLine := bytes.HasSuffix(behind, []byte{'\n'})
	afterColon := bytes.HasSuffix(bytes.TrimRight(behind, " \t\r\n"), []byte{':'})
	for {
		if len(l.buf)-l.pos < ahead {
			l.fill()
		}
		text := l.buf[l.pos:min(len(l.buf), l.pos+ahead)]
		if len(text) == 0 {
			return false
		}
		if c := text[0]; c == '{' {
			name := firstName(text)
			if newLine && name != "" || l.offset() >= l.reach && !afterColon && firstNames[name] {
				return true
			}
			newLine, afterColon = false, false
		} else if isSpace(c) {
			newLine = c == '\n'
		} else {
			newLine, afterColon = false, c == ':'
		}
		l.pos++
	}
}

// firstNames holds the names with which records begin, events and logs: as AWS writes them, and
// sorted.
var firstNames = map[string]bool{
	"eventVersion": true, "addendum": true, "additionalEventData": true, "annotation": true, "apiVersion": true, "awsRegion": true,
	"version": true, "account": true,
	"Records": true,
}

// firstName returns the name of the first member of the object with which text begins, if the
// text goes that far.
func firstName(text []byte) string {
	d := decoder{data: text}
	d.begin()
	if d.peek() != '"' {
		return ""
	}
	return unquote(d.name())
}

// end is called at the end of the text.
func (l *logReader) end() {
	switch {
	case l.err != io.EOF:
		l.fail("event: log: the %s breaks off at offset %d: %w", l.source, l.offset(), l.err)
	case l.state != atValue && l.state != adrift:
		l.fail("event: log: the text breaks off at offset %d, in the array of records: %w", l.offset(), io.ErrUnexpectedEOF)
	}
}

func (l *logReader) emit(e *Event, err error) {
	if !l.stopped && !l.yield(e, err) {
		l.stopped = true
	}
}

// fail yields the last error.
func (l *logReader) fail(format string, args ...any) {
	l.emit(nil, fmt.Errorf(format, args...))
	l.stopped = true
}

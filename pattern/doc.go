// Package pattern matches JSON events against Amazon EventBridge event patterns, offline and with the answers that
// EventBridge would give.
//
// Compile a pattern once and match any number of events:
//
//	p, err := pattern.Compile(`{"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Delete"}]}}`)
//	...
//	matched, err := p.Match(event)
//
// A [Set] matches one event against many patterns while reading it once. Patterns and sets are immutable and may be used by
// any number of goroutines.
//
// # The language
//
// A pattern is a JSON object of the shape of the event. Each leaf is a list of alternatives, one of which must hold for a
// value at that place of the event; the leaves of a pattern must all be satisfied. What the pattern does not name is ignored.
//
//	{"detail": {"eventName": ["DeleteTrail", "StopLogging"]}}    either of two calls
//	{"source": ["aws.ec2"], "account": ["123456789012"]}         both fields
//
// An alternative is a literal, or an object with one operator:
//
//	"x"                                       the same string. One that is an IP address stands for all its spellings.
//	1                                         the same number, however it is spelled: 1.0, 10e-1
//	true, false, null                         the same; null is an explicit null, not an absent field
//	{"exactly": "x"}                          the same string, and nothing else if it is an IP address
//	{"prefix": "arn:aws:"}                    a string that begins with this text
//	{"prefix": {"equals-ignore-case": "A"}}   the same without regard to case
//	{"suffix": ".png"}                        a string that ends with this text
//	{"suffix": {"equals-ignore-case": "A"}}   the same without regard to case
//	{"equals-ignore-case": "alice"}           the same string without regard to case
//	{"wildcard": "/home/*/.ssh/*"}            a string in which each * stands for any text; \* is a star and \\ a backslash
//	{"numeric": [">=", 0, "<", 10]}           a number in a range; also [op, number] with =, <, <=, > or >=
//	{"cidr": "10.0.0.0/8"}                    a string that is an IP address of the block, IPv4 or IPv6
//	{"exists": true}                          any string, number, boolean or null
//	{"exists": false}                         no such value
//	{"anything-but": "x"}                     a value, of any type, that is not this string or number
//	{"anything-but": ["x", "y"]}              nor any of these
//	{"anything-but": {"prefix": "x"}}         a value that does not satisfy this; also suffix, equals-ignore-case and wildcard,
//	                                          each with one string or a list of them
//
// What a reader would get wrong:
//
//   - An array of the event satisfies a field if one of its elements does. Hence {"anything-but": "x"} holds for ["x", "y"].
//   - anything-but needs a value: it does not hold for an absent field, an empty array or an object, but it does for null.
//     Add {"exists": false} to include absence.
//   - Strings, numbers, booleans and null never match one another: "1" is not 1. Objects are never values.
//   - Values from an array of objects must come from the same element: {"a": {"x": [1], "y": [2]}} does not match
//     {"a": [{"x": 1}, {"y": 2}]}. With {"exists": false} in such a place only the elements chosen for the fields before it
//     count, in the order of the paths.
//   - A dot in a key is a level: {"a.b": ["x"]} is {"a": {"b": ["x"]}}, in patterns and events alike.
//   - Of two lists for one path the last counts. Keys of an event may repeat, and then all of them count.
//   - An operator outside a list is the name of a field: {"a": {"prefix": ["x"]}} looks for a field "prefix".
//   - EventBridge reads a fraction or exponent in an event into binary64 first, so 1.0000000000000001 has become 1. Integers
//     keep their digits; one that binary64 does not hold equals itself and satisfies no numeric operator.
//   - equals-ignore-case takes the pattern apart into UTF-16 code units and lets each stand for its lower and its upper case:
//     "ß" stands for "SS", and "🚀" for "??", but not for itself.
//   - cidr and IP addresses are compared as hexadecimal text: 10.0.0.0/8 also holds a00::1, and 0.0.0.0/0 the number 1.
//
// In any object, $or takes a list of two or more objects, one of which must be satisfied together with what stands beside it:
//
//	{"source": ["aws.s3"], "$or": [{"region": ["us-east-1"]}, {"detail": {"errorCode": [{"exists": true}]}}]}
//
// # Tools
//
// [Pattern.Explain] says field by field why a pattern does or does not match, and [Set.NearMisses] which patterns came near;
// [Pattern.Lint] warns of what is valid and probably wrong; [Pattern.Sample] makes an event that matches, and small changes
// that make it fail. Package patterntest runs archives of patterns and events in a test.
//
// # Errors
//
// A pattern that is not valid is rejected with a [SyntaxError], which has the reason in EventBridge's own words and the place
// of the error; its AWSMessage method renders the whole message of the service.
//
// Match fails only if there is no answer, with an [EventError].
//
// # Reading
//
// Match does not parse an event. It passes over it once, and looks only at the members that the patterns name. Of these, keys
// must be as JSON wants them, with a comma or brace before and a colon behind; so must values that are compared, objects that
// are looked into, arrays, and what follows each of them. An object that is compared with a list, or a scalar in which a
// pattern looks for members, is passed over. Of what lies between, which is most of an event, two things are asked. Every
// string must end, and the braces and brackets outside of strings must be as many as close them, of each kind, wherever an
// object or array that is looked into ends. So an event that is cut short or runs on is always an error. A bad number, a
// missing comma or invalid UTF-8 where no pattern looks goes unnoticed; package encoding/json has Valid for who needs to know,
// and Explain reads everything. A set looks wherever one of its patterns does.
//
// Keys may repeat. All of their values count, and none is passed over because an answer is known already.
//
// # Where this package differs from EventBridge
//
// The answers are those that the service is known to give, and where none is known, those of its open-source engine,
// event-ruler 2.0. These are the exceptions:
//
//   - Quotes. Here: {"prefix": "x\""} does not match the string x. There: it does, since the engine keeps the quotes around
//     strings; the same with suffix. Why: nobody can want that, and it has not been seen in the service.
//   - Text after the root. Here: an error, in patterns and in events. There: engines before 2.2 ignore it. Why: a pattern that
//     is cut off or pasted together must not go unnoticed.
//   - Empty list under anything-but. Here: {"anything-but": {"prefix": []}} is refused with a reason; the same with suffix,
//     equals-ignore-case and wildcard. There: an internal error. Why: an answer is better.
//   - More than 256 fields. Here: allowed in one rule. There: the engine gives up. Why: there is no reason not to.
//   - Interference. Here: each alternative means what it means alone. There: some combinations of operators in one field, or of
//     branches of $or with one value, lose or invent matches, some differently from one build of a rule to the next. Why: an
//     answer that changes cannot be given.
//   - Invalid UTF-8. Here: an error, in patterns and in values that are compared. There: it cannot be sent. Why: it is no text.
//   - Lone surrogates. Here: in a value, half of a surrogate pair is a question mark. There: only where bytes are compared; a
//     whole string with a half may equal none but itself. Why: it should mean one thing, and no text in UTF-8 has any.
//   - Mistakes elsewhere. Here: where no pattern looks, only quotes and brackets are checked, as "Reading" says. There: any
//     mistake is an error. Why: to read all of an event takes several times as long as to match it, and from EventBridge it is
//     always valid.
//   - Envelope. Here: any JSON object is an event. There: TestEventPattern wants id, time and other fields. Why: a test need
//     not invent what its pattern does not look at.
//   - Deep events. Here: more than 1000 levels of objects and arrays on the way to a value are an error; elsewhere they are not
//     counted. There: the limit is that of the JSON reader in use, for the whole event. Why: 1000 is the limit of the readers
//     that are known.
//   - Riddles. Here: an event that poses too long a search for array elements gets an error and no answer; it takes many
//     arrays of objects under one path, made with duplicate keys. There: the search goes on. Why: it is as hard as any
//     problem that is known, and an event must not stop a program.
//   - Order of addition. Here: where the complexity of wildcards depends on the order in which the engine builds its rules, one
//     order is taken. There: another may be. Why: it is about the limit only, and only for patterns on the verge of it.
//   - Exponents. Here: a number in an operator whose exponent has more than nine digits or so is refused as one that cannot be
//     compared. There: as one that exceeds limits. Why: both are true, and the wording is that of a parser inside the engine.
//   - Letters. Here: upper and lower case are those of the Unicode version of the Go release. There: of the Java release.
//     Why: letters that are added to Unicode are rare, and tables of our own would age.
//
// # Limits
//
// A pattern has at most 4096 characters, 1000 combinations of $or and a wildcard complexity of 10: the limits of PutRule. (An
// account's quota may be lower; it is 2048 characters unless raised.) Wildcards that take too long to evaluate count as too
// complex. With these, Compile takes no more than some hundreds of milliseconds and some tens of megabytes for the worst of
// patterns, and microseconds for those that one writes.
//
// NewSet takes time and memory in proportion to the patterns, each multiplied out: some microseconds and some hundreds of bytes
// for each that one writes, and some tens of milliseconds and some megabytes for the worst that 4096 characters can hold. A
// pattern takes a few words of memory beside its source, and a set keeps the sources: whoever needs more of a pattern, be it
// NewSet, the first Match of a pattern alone, Explain, Lint or Sample, reads its source once more, in some microseconds.
//
// Match takes time in proportion to the length of the event. To that it adds, for each rule of a set to which a value of the
// event leads by the rarest thing that the rule asks for, at most one look at each value on the rule's paths, and a hundred if
// the values are in arrays of objects and have to be chosen from; a rule is a pattern, or one of the combinations of its $or.
// So an event costs what its length costs and, at the worst that one can make, the rules that one of its values was written
// for, and never all others. Wildcards that begin with a star are looked at for each value that has the first part of theirs,
// so many that begin alike cost their number times that of such values. Rules of which each field may be absent are looked at
// for each event, and those whose rarest question is exists, anything-but, or a text beyond ASCII without regard to case, for
// each event that has the field.
//
// The recursion of Match does not depend on the event. Its working memory is kept for the next event: about a quarter of the
// length of the longest event so far, some tens of bytes for each of its values on the paths of the patterns, and some tens of
// bytes for each value that a pattern names, for each goroutine that matches at the time.
//
// docs/matching.md in the repository tells how it is done, and internal/bench how fast it is.
package pattern

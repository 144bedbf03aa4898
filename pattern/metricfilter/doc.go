// Package metricfilter reads the JSON metric filters of Amazon CloudWatch Logs, answers them, and translates them into
// event patterns of Amazon EventBridge. It is for those who watch CloudTrail through a log group and want to watch the event
// bus instead, or as well.
//
//	f, err := metricfilter.Parse(`{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) }`)
//	...
//	counted, err := f.Match(record) // what the filter says of a record
//	p, err := f.Pattern()           // {"detail-type":…,"detail":{"eventName":["StopLogging","DeleteTrail"]}}
//
// # Filters
//
//	filter     = "{" expression "}"
//	expression = term | "(" expression ")" | expression "&&" expression | expression "||" expression
//	term       = selector ( "=" | "!=" ) ( text | number | regex )
//	           | selector ( "<" | "<=" | ">" | ">=" ) number
//	           | selector "IS" ( "NULL" | "TRUE" | "FALSE" )
//	           | selector "NOT" "EXISTS"
//	selector   = "$" ( .name | .['name'] | .* | [0] | [*] )…          the first step begins with a dot
//	text       = "in quotes" | word                                  * is any text; \" and \\ are a quote and a backslash
//	word       = letters, digits, ".", "*", "-" and "_"
//	number     = 5 | -5 | +5 | 5.25 | 5e3                            without quotes
//	regex      = %between percent signs%                             no parentheses, ASCII only
//
// && binds tighter than ||. The words of operators may be in small letters. A filter has at most 1024 characters, two regular
// expressions, and three selectors with a wildcard, each with one. It is refused with a [SyntaxError] otherwise.
//
// CloudWatch Logs may take a little more than its documentation says, such as other characters in a word. What is not known to
// be taken is refused here. Filters of other kinds, of text and of columns, do not apply to CloudTrail's records and are refused
// too.
//
// # Answers
//
// Each of these is documented in the CloudWatch Logs User Guide ("Filter pattern syntax"), or observed, which means that
// somebody published an answer of the service, or it is ours, where neither is the case and something had to be chosen.
//
//   - A field that is absent passes no test but NOT EXISTS. In particular it does not pass !=. (Observed.) Who wants it to
//     writes ($.a NOT EXISTS || $.a != "x").
//   - An object or array passes no test, not even !=. (Documented.) It does not pass NOT EXISTS either.
//   - Text is compared whole, and with regard to case. (Documented.) A star stands for any text, in any place. (Documented for
//     the ends, observed for the middle; the guide of some years ago had a star in the middle stand for itself.)
//   - Text is compared with a number by the number's spelling: 123 passes = "123" and = "1*" and != "123.0". (Observed.)
//   - A number without quotes is compared with numbers by value: 123 passes = 123.0. (Observed.) It is compared with strings as
//     it is written. (Ours.)
//   - Strings never pass <, <=, > and >=, whatever they hold. (Observed.)
//   - true, false and null do not pass =, pass !=, and pass = * as every value does. (Ours; documented is only that = and != are
//     for strings and numbers.) To ask for them there is IS. (Documented.)
//   - A selector with a wildcard passes a test if one of its values does, also for !=, and passes NOT EXISTS if it has none.
//     (Ours.)
//   - A regular expression is found anywhere in the text unless ^ and $ say otherwise. (Documented.) A dot is any character.
//     (Ours.)
//
// # Translation
//
// [Filter.Pattern] asks for the filter's fields under "detail", in events of every type that ends in " via CloudTrail", which
// are those that carry a record. It merges alternatives for one field into one list, takes out what all alternatives have in
// common, and needs $or only where they are about different fields. Where a
// filter leaves out combinations, as in ($.a != "x" || $.b != "y") && ($.a != "v" || $.b != "w"), it takes the values of a field
// one by one if that makes a shorter pattern.
//
// The pattern gives the filter's answer for every record, but it can give another one where a field that the filter names is
//
//   - an array, or in one, and the filter has no [*]. The filter: does not match. EventBridge: looks at each element.
//   - not an array, or one of arrays, and the filter has [*]. The filter: does not match. EventBridge: any depth is the same.
//   - an object, and the test is NOT EXISTS. The filter: does not match. EventBridge: an object is as good as absent. For the
//     objects that records are known to have, such as requestParameters, the translation is refused.
//   - a number, and is compared with a text or a regular expression. The filter: goes by the number's spelling. EventBridge: a
//     number is not a text.
//   - a text of digits, and is compared with that number by !=. The filter: 5 and "5" are the same. EventBridge: leaves out one
//     of them, which is the number unless CloudTrail's documentation says that the field is text.
//   - a number that binary64 does not hold. The filter: goes by the nearest one. EventBridge: goes by the digits.
//   - an IP address that is spelled in another way. The filter: another text. EventBridge: the same address.
//   - named by a key that contains a dot, or that stands twice in its object. See package pattern.
//
// Nothing of this is known of the fields that the filters of the CIS AWS Foundations Benchmark name.
//
// There is no pattern, and Pattern fails with a [TranslateError], for
//
//   - a certain element of an array, $.a[0], which EventBridge does not count;
//   - two terms about elements of one array that are joined by &&: EventBridge wants one element for both;
//   - any member of an object, $.*, and names with a dot, .['a.b'];
//   - a regular expression that has more than ^, $, | and .*;
//   - two demands on one field that no single operator makes, such as $.a = "x*" && $.a != "xy": in a list of
//     alternatives there is no "and". Demands that come to one, such as several exclusions, are fine;
//   - a test for text on one of the two fields of a record that are boolean, readOnly and managementEvent, since the answer
//     of CloudWatch Logs to it is not known;
//   - a filter that no record can pass, or whose pattern would be beyond the limits of PutRule.
//
// What reaches the one and the other is another matter. A log group has the records of all Regions and accounts of its trail; an
// event bus has those of its own Region and account, and a rule gets calls that only read if its state is
// ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS. A metric filter counts for an alarm with a threshold; a rule acts on each event.
package metricfilter

package patterngen

import (
	"fmt"
	"unicode/utf8"
)

// The JSON tree that is printed. Objects are lists, because the order and the
// repetition of keys matter to the language.
type (
	raw    string // number, true, false or null, printed as it is
	str    string // string value
	arr    []any
	obj    []member
	member struct {
		key string
		val any
	}
)

// A printer renders a tree, choosing among the spellings that JSON allows.
type printer struct {
	g      *Gen
	b      []byte
	spaces bool // whitespace between tokens
	escape bool // needless escapes in strings
}

func (g *Gen) print(tree any) string {
	p := &printer{g: g, spaces: g.chance(0.1), escape: g.chance(0.1)}
	p.value(tree)
	p.space()
	return string(p.b)
}

func (p *printer) value(v any) {
	p.space()
	switch v := v.(type) {
	case raw:
		p.b = append(p.b, v...)
	case str:
		p.string(string(v))
	case arr:
		p.b = append(p.b, '[')
		for i, e := range v {
			if i > 0 {
				p.b = append(p.b, ',')
			}
			p.value(e)
			p.space()
		}
		p.space()
		p.b = append(p.b, ']')
	case obj:
		p.b = append(p.b, '{')
		for i, m := range v {
			if i > 0 {
				p.b = append(p.b, ',')
			}
			p.space()
			p.string(m.key)
			p.space()
			p.b = append(p.b, ':')
			p.value(m.val)
			p.space()
		}
		p.space()
		p.b = append(p.b, '}')
	default:
		panic(fmt.Sprintf("patterngen: %T in a tree", v))
	}
}

func (p *printer) space() {
	for p.spaces && p.g.chance(0.3) {
		p.b = append(p.b, " \t\r\n"[p.g.r.IntN(4)])
	}
}

// string prints s. A lone surrogate is written in s as the three bytes that
// UTF-8 would use if it allowed surrogates.
func (p *printer) string(s string) {
	p.b = append(p.b, '"')
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			r, size = rune(s[0]&0xf)<<12|rune(s[1]&0x3f)<<6|rune(s[2]&0x3f), 3
		}
		s = s[size:]
		p.char(r)
	}
	p.b = append(p.b, '"')
}

func (p *printer) char(r rune) {
	surrogate := 0xd800 <= r && r < 0xe000
	switch {
	case surrogate || r < ' ' || p.escape && p.g.chance(0.2):
		p.unicodeEscape(r)
	case r == '"' || r == '\\' || r == '/' && p.escape:
		p.b = append(p.b, '\\', byte(r))
	default:
		p.b = utf8.AppendRune(p.b, r)
	}
}

func (p *printer) unicodeEscape(r rune) {
	if r > 0xffff {
		r -= 0x10000
		p.unicodeEscape(0xd800 + r>>10)
		p.unicodeEscape(0xdc00 + r&0x3ff)
		return
	}
	format := `\u%04x`
	if p.g.chance(0.5) {
		format = `\u%04X`
	}
	p.b = fmt.Appendf(p.b, format, r)
}

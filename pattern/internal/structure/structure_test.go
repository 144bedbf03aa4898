package structure

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// obvious reads a text byte by byte, as the package says.
func obvious(text []byte) (x Index) {
	x.Printable = true
	n := (len(text) + 63) / 64
	x.Quotes, x.Brackets = make([]uint64, n), make([]uint64, n)
	backslashes := 0
	for i, c := range text {
		bit := uint64(1) << (i % 64)
		switch {
		case c == '"' && backslashes%2 == 0:
			x.Quotes[i/64] |= bit
			x.Open = !x.Open
		case !x.Open && (c == ':' || c&0x59 == 0x59):
			x.Brackets[i/64] |= bit
		}
		backslashes++
		if c != '\\' {
			backslashes = 0
		}
		x.Escapes = x.Escapes || c == '\\'
		x.Printable = x.Printable && ' ' <= c && c < 0x80
	}
	return x
}

func compare(t *testing.T, x *Index, text []byte) {
	t.Helper()
	want := obvious(text)
	x.Read(text)
	if !slices.Equal(x.Quotes, want.Quotes) || !slices.Equal(x.Brackets, want.Brackets) || x.Escapes != want.Escapes || x.Open != want.Open {
		t.Errorf("%q:\n%+v, want\n%+v", text, *x, want)
	}
	if x.Printable != want.Printable && (x.Printable || looks) {
		t.Errorf("%q: printable: %v, want %v", text, x.Printable, want.Printable)
	}
	// The kernel is for whole blocks; here the plain one gets them too.
	whole := text[:len(text)/blockSize*blockSize]
	if len(whole) == 0 {
		return
	}
	n := len(whole) / blockSize
	var c, d carry
	a, b, e, f := make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)
	kernel(whole, a, b, &c)
	generic(whole, e, f, &d)
	c.odd = d.odd // which was compared above
	if !slices.Equal(a, e) || !slices.Equal(b, f) || c != d {
		t.Errorf("%q: the kernels differ: %x %x %+v and %x %x %+v", whole, a, b, c, e, f, d)
	}
}

func TestRead(t *testing.T) {
	var x Index
	// Every byte at every place of a block, in a string and outside.
	for c := range 256 {
		text := bytes.Repeat([]byte{byte(c)}, 200)
		compare(t, &x, text)
		compare(t, &x, append([]byte(`"`), text...))
	}
	// Runs of backslashes of every length, over the ends of blocks.
	for at := range 130 {
		for n := range 70 {
			text := bytes.Repeat([]byte{'x'}, at)
			text = append(text, '"')
			text = append(text, bytes.Repeat([]byte{'\\'}, n)...)
			compare(t, &x, append(text, `":{"`...))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const letters = `""\\\:{}[]xyY_, ` + "\x00\x7f\xd9\xfb"
	for range 5000 {
		text := make([]byte, rng.IntN(300))
		for i := range text {
			text[i] = letters[rng.IntN(len(letters))]
		}
		compare(t, &x, text)
	}
}

// FuzzRead holds that the kernels agree with the obvious reading.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"a":["b\\\"",{"c":null}]}`))
	f.Add(bytes.Repeat([]byte(`\"`), 100))
	f.Fuzz(func(t *testing.T, text []byte) {
		var x Index
		compare(t, &x, text)
	})
}

func BenchmarkRead(b *testing.B) {
	text := bytes.Repeat([]byte(`{"eventName":"DescribeInstances","sourceIPAddress":"192.0.2.1","list":[1,2]},`), 20)[:1500]
	b.Run("kernel", func(b *testing.B) {
		var x Index
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			x.Read(text)
		}
	})
	b.Run("plain", func(b *testing.B) {
		x := Index{Quotes: make([]uint64, 24), Brackets: make([]uint64, 24)}
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var c carry
			generic(text, x.Quotes, x.Brackets, &c)
		}
	})
}

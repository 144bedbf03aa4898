package event

import "io"

// minWindow is the size with which a window begins: several dozens of records.
const minWindow = 64 << 10

// A window is the part of a long text that is in memory.
type window struct {
	src  io.Reader
	buf  []byte
	pos  int   // what lies before it in buf is done with
	base int64 // where buf begins in the text
	err  error // why src gives no more; io.EOF at the end
}

// offset returns where pos is in the text.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// next skips white space and returns the byte at pos. It is false if src gives no more.
func (w *window) next() (c byte, ok bool) {
	for {
		for ; w.pos < len(w.buf); w.pos++ {
			if c := w.buf[w.pos]; !isSpace(c) {
				return c, true
			}
		}
		if !w.fill() {
			return 0, false
		}
	}
}

// fill drops what is done with and reads on, until there is at least twice as much as was left or
// src gives no more. It reports whether there is more than before.
func (w *window) fill() bool {
	if w.err != nil {
		return false
	}
	w.base += int64(w.pos)
	w.buf = w.buf[:copy(w.buf, w.buf[w.pos:])]
	w.pos = 0
	left := len(w.buf)
	if 2*left >= cap(w.buf) {
		w.buf = append(make([]byte, 0, max(minWindow, 2*cap(w.buf))), w.buf...)
	}
	for empty := 0; w.err == nil && len(w.buf) < cap(w.buf); {
		n, err := w.src.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		w.err = err
		if n > 0 {
			empty = 0
		} else if empty++; empty == 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
	return len(w.buf) > left
}

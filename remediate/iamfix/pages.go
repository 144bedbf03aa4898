package iamfix

import "fmt"

// maxPages bounds how many pages of a list are read. IAM lets nothing that is listed here have more
// than some hundreds, and a page has up to a hundred; but it may send fewer.
const maxPages = 1000

// pages returns what all pages of a list hold. Read returns a page and the marker of the next one,
// which is nil for the last.
func pages[T any](read func(marker *string) ([]T, *string, error)) ([]T, error) {
	var (
		all    []T
		marker *string
	)
	for range maxPages {
		page, next, err := read(marker)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == nil {
			return all, nil
		}
		marker = next
	}
	return nil, fmt.Errorf("a list of IAM goes on after %d pages", maxPages)
}

// next returns the marker of the next page; nil if there is none.
func next(truncated bool, marker *string) *string {
	if !truncated || marker == nil || *marker == "" {
		return nil
	}
	return marker
}

//go:build race

package event_test

func init() { raceEnabled = true }

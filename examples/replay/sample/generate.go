//go:build ignore

// Command generate writes the sample that replay carries: a day of a made-up organization.
package main

import (
	"bytes"
	"log"
	"os"

	"github.com/countertrail/countertrail/internal/synth"
)

func main() {
	var buf bytes.Buffer
	if err := synth.WriteLog(&buf, synth.Records(1, synth.RecordsPerDay)); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("sample/cloudtrail.json", buf.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

module github.com/countertrail/countertrail/internal/ruler

go 1.25.0

require github.com/countertrail/countertrail v0.0.0

replace github.com/countertrail/countertrail => ../..

module github.com/countertrail/countertrail/internal/bench

go 1.25.0

require (
	github.com/countertrail/countertrail v0.0.0
	github.com/tidwall/gjson v1.20.2
	github.com/valyala/fastjson v1.6.10
	quamina.net/go/quamina v1.4.0
)

require (
	github.com/bytedance/gopkg v0.1.3 // indirect
	github.com/bytedance/sonic/loader v0.5.3 // indirect
	github.com/cloudwego/base64x v0.1.6 // indirect
	github.com/klauspost/cpuid/v2 v2.2.9 // indirect
	github.com/twitchyliquid64/golang-asm v0.15.1 // indirect
	golang.org/x/arch v0.0.0-20210923205945-b76863e36670 // indirect
	golang.org/x/sys v0.22.0 // indirect
)

require (
	github.com/bytedance/sonic v1.15.5
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.3.0 // indirect
)

replace github.com/countertrail/countertrail => ../..

// Releases before v2 are not served under the import path.
replace quamina.net/go/quamina => github.com/timbray/quamina v1.4.0

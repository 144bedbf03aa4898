package patterntest_test

import (
	"fmt"
	"testing/fstest"

	"github.com/countertrail/countertrail/pattern/patterntest"
)

const rootLogin = `Root signs in to the console. MFAUsed is written in several ways.
-- pattern.json --
{
  "source": ["aws.signin"],
  "detail": {
    "eventName": ["ConsoleLogin"],
    "userIdentity": {"type": ["root"]}
  }
}
-- match/root.json --
{"source": "aws.signin", "detail": {"eventName": "ConsoleLogin", "userIdentity": {"type": "Root"}}}
-- nomatch/user.json --
{"source": "aws.signin", "detail": {"eventName": "ConsoleLogin", "userIdentity": {"type": "IAMUser"}}}
`

// In a test it is Run; Test is for programs. A map stands in for the directory.
func ExampleTest() {
	err := patterntest.Test(fstest.MapFS{"root-login.txtar": {Data: []byte(rootLogin)}})
	fmt.Println(err)
	// Output:
	// root-login.txtar:10: match/root.json: must match, but does not:
	// no match: 2 of 3 fields hold
	//   ok  source = "aws.signin"
	//   ok  detail.eventName = "ConsoleLogin"
	//   no  detail.userIdentity.type = "Root"
	//       want  "root"
	//       hint  "Root" and "root" differ in upper and lower case; write {"equals-ignore-case":
	//             "root"}
}

package pattern_test

import (
	"fmt"

	"github.com/countertrail/countertrail/pattern"
)

func ExamplePattern_Sample() {
	p := pattern.MustCompile(`{"source": ["com.example.shop"], "detail": {"state": ["paid"], "total": [{"numeric": [">", 100]}]}}`)
	s, err := p.Sample(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", s.Event)
	for _, m := range s.Mutations {
		fmt.Println(m.Reason)
	}
	// Output:
	// {
	//   "version": "0",
	//   "id": "0f9d2c1e-7b5a-4a86-9c37-1d2e3f405162",
	//   "detail-type": "Example",
	//   "source": "com.example.shop",
	//   "account": "123456789012",
	//   "time": "2026-01-02T03:04:05Z",
	//   "region": "us-east-1",
	//   "resources": [],
	//   "detail": {
	//     "state": "paid",
	//     "total": 101
	//   }
	// }
	// source is "COM.EXAMPLE.SHOP"; wanted: "com.example.shop"
	// source is absent; wanted: "com.example.shop"
	// detail.state is "PAID"; wanted: "paid"
	// detail.state is absent; wanted: "paid"
	// detail.total is 100; wanted: a number > 100
	// detail.total is absent; wanted: a number > 100
}

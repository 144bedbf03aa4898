package awstest

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/countertrail/countertrail/internal/pyserver"
)

var cacheDir = flag.String("cache", "",
	"`directory` in which installed tools are kept (default: countertrail-awstest in the user's cache)")

// packages are what the tests take from PyPI: the servers, and AWS's own command line.
var packages = []string{"moto[server]==5.2.5", "ministack==1.5.33", "awscli==1.46.3"}

// patience is how long it may take to install packages, and to run commands.
const patience = 5 * time.Minute

// accountID is the account that everything happens in. MiniStack takes the account from an access
// key that looks like one; moto has this one.
const accountID = "123456789012"

// install returns the environment that has packages.
func install(t *testing.T) pyserver.Environment {
	t.Helper()
	if testing.Short() {
		t.Skip("this test needs outside tools, and -short is set")
	}
	dir := *cacheDir
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(user, "countertrail-awstest")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	env, err := pyserver.Install(ctx, dir, packages...)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// A server is an emulator, with the command line that talks to it.
type server struct {
	url string
	env pyserver.Environment
}

// start starts an emulator that ends with the test. Its log is shown if the test fails.
func start(t *testing.T, env pyserver.Environment, emulator string) *server {
	t.Helper()
	log, err := os.Create(filepath.Join(t.ArtifactDir(), emulator+".log"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := env.Start(emulator, t.TempDir(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the last that %s wrote:\n%s", emulator, text[max(0, len(text)-5000):])
		}
	})
	return &server{url: s.URL, env: env}
}

// strange returns the settings of a client of a remediator. Its Region is not that of the event, which
// every call must name: one that is signed for any other fails the test.
func (s *server) strange(t *testing.T, event string) aws.Config {
	cfg := s.config(elsewhere)
	cfg.HTTPClient = regional{t, event}
	return cfg
}

// A regional is an HTTP client for requests that are signed for its Region.
type regional struct {
	t      *testing.T
	region string
}

// Do sends a request. Where it is signed for stands in the scope of its credential.
func (r regional) Do(req *http.Request) (*http.Response, error) {
	if signed := req.Header.Get("Authorization"); !strings.Contains(signed, "/"+r.region+"/") {
		r.t.Errorf("a call is signed for another Region than %s: %s", r.region, signed)
	}
	return pyserver.Client{}.Do(req)
}

// config returns the settings of a client.
func (s *server) config(region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: &s.url,
		HTTPClient:   pyserver.Client{},
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} }, // a failure is to be seen
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accountID, SecretAccessKey: "secret"}, nil
		}),
	}
}

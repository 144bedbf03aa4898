package awstest

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/countertrail/countertrail/remediate"
)

// run gives the commands of steps to a shell, as people would, with AWS's own command line. Each
// must name its Region: there is no default.
func (s *server) run(t *testing.T, steps ...remediate.Step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, step := range steps {
		cmd := exec.CommandContext(ctx, "sh", "-c", step.Command)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{
			"PATH=" + s.env.Program("") + string(os.PathListSeparator) + os.Getenv("PATH"),
			"HOME=" + cmd.Dir, "AWS_ENDPOINT_URL=" + s.url, "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
			"AWS_ACCESS_KEY_ID=" + accountID, "AWS_SECRET_ACCESS_KEY=secret", "AWS_PAGER=",
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s\n%s: %v\n%s", step.Summary, step.Command, err, out)
		}
	}
}

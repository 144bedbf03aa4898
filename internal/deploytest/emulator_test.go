package deploytest

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// start starts an emulator that ends with the test. Its log is shown if the test fails.
func start(t *testing.T, name string) *emulator {
	t.Helper()
	python := python.need(t)
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(t.ArtifactDir(), name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := startEmulator(python, name, dir, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the last that %s wrote:\n%s", name, text[max(0, len(text)-5000):])
		}
	})
	return e
}

// must returns v, and fails the test at once if there is an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// put puts an object into a bucket, which is made if need be.
func (r *region) put(t *testing.T, bucket, key string, data []byte) {
	t.Helper()
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if r.name != "us-east-1" {
		location := s3types.BucketLocationConstraint(r.name)
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: location}
	}
	if _, err := r.s3.CreateBucket(t.Context(), in); err != nil && !strings.Contains(err.Error(), "BucketAlreadyOwnedByYou") {
		t.Fatal(err)
	}
	must(r.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(data)}))(t)
}

// deploy creates a stack from a template and returns its outputs.
func (r *region) deploy(t *testing.T, template []byte, parameters map[string]string) map[string]string {
	t.Helper()
	bucket := "templates-" + r.name
	r.put(t, bucket, "countertrail.yaml", template) // larger than a request may be
	in := &cloudformation.CreateStackInput{
		StackName:    aws.String("countertrail"),
		TemplateURL:  aws.String("https://s3." + r.name + ".amazonaws.com/" + bucket + "/countertrail.yaml"),
		Capabilities: []types.Capability{types.CapabilityCapabilityIam},
	}
	for name, value := range parameters {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &name, ParameterValue: &value})
	}
	must(r.cloudFormation.CreateStack(t.Context(), in))(t)
	waiter := cloudformation.NewStackCreateCompleteWaiter(r.cloudFormation, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 200*time.Millisecond, time.Second
	})
	described, err := waiter.WaitForOutput(t.Context(), &cloudformation.DescribeStacksInput{StackName: in.StackName}, 2*time.Minute)
	if err != nil {
		t.Fatalf("creating the stack in %s: %v\n%s", r.name, err, r.failures(*in.StackName))
	}
	outputs := make(map[string]string)
	for _, o := range described.Stacks[0].Outputs {
		outputs[*o.OutputKey] = *o.OutputValue
	}
	return outputs
}

// failures returns which resources of a stack failed, and why.
func (r *region) failures(stack string) string {
	in := &cloudformation.DescribeStackEventsInput{StackName: &stack}
	events, err := r.cloudFormation.DescribeStackEvents(context.Background(), in)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, e := range events.StackEvents {
		if strings.HasSuffix(string(e.ResourceStatus), "_FAILED") {
			b.WriteString(aws.ToString(e.LogicalResourceId) + ": " + aws.ToString(e.ResourceStatusReason) + "\n")
		}
	}
	return b.String()
}

// buildFunction returns the package of the program of examples/lambda, for this machine.
func buildFunction(t *testing.T) []byte {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./examples/lambda")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	program := must(os.ReadFile(bootstrap))(t)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	must(must(z.CreateHeader(header))(t).Write(program))(t)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

// Package awstest runs the remediators that come with the library against servers that answer as AWS
// does. It has tests only; README.md tells what they prove.
package awstest

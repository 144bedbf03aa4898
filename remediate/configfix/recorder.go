package configfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

// A recorder is a configuration recorder, as the API and CloudTrail write it.
type recorder struct {
	Name           string `json:"name"`
	RoleARN        string `json:"roleARN,omitempty"`
	RecordingGroup group  `json:"recordingGroup"`
	RecordingMode  mode   `json:"recordingMode,omitzero"`

	path          string // in its ARN
	serviceLinked bool
}

// A group says which types of resources are recorded.
type group struct {
	AllSupported               bool       `json:"allSupported"`
	IncludeGlobalResourceTypes bool       `json:"includeGlobalResourceTypes"`
	ResourceTypes              []string   `json:"resourceTypes,omitempty"`
	ExclusionByResourceTypes   *exclusion `json:"exclusionByResourceTypes,omitempty"`
	RecordingStrategy          *strategy  `json:"recordingStrategy,omitempty"`
}

type exclusion struct {
	ResourceTypes []string `json:"resourceTypes,omitempty"`
}

type strategy struct {
	UseOnly string `json:"useOnly,omitempty"`
}

// A mode says how often is recorded.
type mode struct {
	RecordingFrequency     string     `json:"recordingFrequency,omitempty"`
	RecordingModeOverrides []override `json:"recordingModeOverrides,omitempty"`
}

type override struct {
	Description        string   `json:"description,omitempty"`
	RecordingFrequency string   `json:"recordingFrequency,omitempty"`
	ResourceTypes      []string `json:"resourceTypes,omitempty"`
}

func (m mode) IsZero() bool { return m.RecordingFrequency == "" && len(m.RecordingModeOverrides) == 0 }

// globalTypes are the types that includeGlobalResourceTypes is about.
var globalTypes = []string{"AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"}

// everything is the group that records all types.
var everything = group{AllSupported: true, IncludeGlobalResourceTypes: true}

// A scope is what a group comes to: the types of a list, or all but those of a list.
type scope struct {
	allBut bool
	types  []string
}

// scope returns what g records. A strategy of exclusion overrides the rest; a group that says nothing
// is Config's default, all types but the global ones.
func (g group) scope() scope {
	var excluded []string
	if g.ExclusionByResourceTypes != nil {
		excluded = g.ExclusionByResourceTypes.ResourceTypes
	}
	switch {
	case g.RecordingStrategy != nil && g.RecordingStrategy.UseOnly == string(types.RecordingStrategyTypeExclusionByResourceTypes),
		len(excluded) > 0:
		return scope{allBut: true, types: excluded}
	case !g.AllSupported && len(g.ResourceTypes) > 0:
		return scope{types: g.ResourceTypes}
	case g.AllSupported && g.IncludeGlobalResourceTypes:
		return scope{allBut: true}
	}
	return scope{allBut: true, types: globalTypes}
}

// covers reports whether s has all that other has.
func (s scope) covers(other scope) bool {
	has := func(list []string) func(string) bool {
		return func(t string) bool { return slices.Contains(list, t) }
	}
	switch {
	case s.allBut && other.allBut:
		return !slices.ContainsFunc(s.types, func(t string) bool { return !has(other.types)(t) })
	case s.allBut:
		return !slices.ContainsFunc(s.types, has(other.types))
	case other.allBut:
		return false // of the types to come, at least, a list lacks some
	}
	return !slices.ContainsFunc(other.types, func(t string) bool { return !has(s.types)(t) })
}

// less returns in which respect now records less than before did; empty if in none.
func (now recorder) less(before recorder) string {
	daily := string(types.RecordingFrequencyDaily)
	isDaily := func(o override) bool { return o.RecordingFrequency == daily }
	switch {
	case !now.RecordingGroup.scope().covers(before.RecordingGroup.scope()):
		return "records fewer types of resources"
	case now.RecordingMode.RecordingFrequency == daily && before.RecordingMode.RecordingFrequency != daily:
		return "records once a day"
	case slices.ContainsFunc(now.RecordingMode.RecordingModeOverrides, isDaily) &&
		!slices.ContainsFunc(before.RecordingMode.RecordingModeOverrides, isDaily) && before.RecordingMode.RecordingFrequency != daily:
		return "records some types once a day"
	case before.RoleARN != "" && now.RoleARN != before.RoleARN:
		return "has another role"
	}
	return ""
}

// recorder reads the recorder of that name or, if it is empty, the one that customers manage; nil if
// there is none.
func (r *Remediator) recorder(ctx context.Context, p place, name string) (*recorder, error) {
	out, err := r.reader.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{ConfigurationRecorderNames: names(name)}, in(p.region))
	if err != nil {
		err = awserr.Wrap(ctx, err, actionDescribeRecorders, p.arn(typeRecorder, name))
		if errors.Is(err, remediate.ErrNotFound) {
			err = nil
		}
		return nil, err
	}
	if out == nil || len(out.ConfigurationRecorders) == 0 {
		return nil, nil
	}
	d := out.ConfigurationRecorders[0]
	rec := recorderFrom(d)
	rec.path = rec.Name
	if err := rec.checkOwner(p, aws.ToString(d.Arn)); err != nil {
		return nil, err
	}
	if err := checkName(rec.Name); err != nil {
		return nil, fmt.Errorf("%s: %w", actionDescribeRecorders, err)
	}
	if name != "" && rec.Name != name {
		return nil, fmt.Errorf("%s: asked for %q, AWS Config tells of %q", actionDescribeRecorders, name, rec.Name)
	}
	return rec, nil
}

// checkOwner refuses a recorder that is not of the event's account and Region: our credentials may be
// of another account, in which there is a recorder of that name too. Its ARN tells or, where AWS
// Config does not give it, that of its role, which is always of the recorder's account.
func (rec *recorder) checkOwner(p place, text string) error {
	if text == "" {
		role, err := arn.Parse(rec.RoleARN)
		if err != nil || role.AccountID != p.account {
			return refuse("the recorder %.100q, with the role %.200q, is not of the event's account %q", rec.Name, rec.RoleARN, p.account)
		}
		return nil
	}
	owner, path, err := parseARN(text, typeRecorder)
	if err != nil {
		return err
	}
	if owner != p || nameOf(path) != rec.Name {
		return refuse("asked for a recorder of the event's account %q, AWS Config tells of %q", p.account, text)
	}
	rec.path = path
	return nil
}

func names(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// recorderFrom returns a recorder as the SDK has it.
func recorderFrom(d types.ConfigurationRecorder) *recorder {
	rec := &recorder{
		Name:          aws.ToString(d.Name),
		RoleARN:       aws.ToString(d.RoleARN),
		serviceLinked: aws.ToString(d.ServicePrincipal) != "",
	}
	if g := d.RecordingGroup; g != nil {
		rec.RecordingGroup = group{
			AllSupported:               g.AllSupported,
			IncludeGlobalResourceTypes: g.IncludeGlobalResourceTypes,
			ResourceTypes:              texts(g.ResourceTypes),
		}
		if e := g.ExclusionByResourceTypes; e != nil && len(e.ResourceTypes) > 0 { // an empty list says nothing
			rec.RecordingGroup.ExclusionByResourceTypes = &exclusion{ResourceTypes: texts(e.ResourceTypes)}
		}
		if s := g.RecordingStrategy; s != nil {
			rec.RecordingGroup.RecordingStrategy = &strategy{UseOnly: string(s.UseOnly)}
		}
	}
	if m := d.RecordingMode; m != nil {
		rec.RecordingMode.RecordingFrequency = string(m.RecordingFrequency)
		for _, o := range m.RecordingModeOverrides {
			rec.RecordingMode.RecordingModeOverrides = append(rec.RecordingMode.RecordingModeOverrides, override{
				Description: aws.ToString(o.Description), RecordingFrequency: string(o.RecordingFrequency), ResourceTypes: texts(o.ResourceTypes),
			})
		}
	}
	return rec
}

func texts(list []types.ResourceType) []string {
	var l []string
	for _, t := range list {
		l = append(l, string(t))
	}
	return l
}

// recorderOf returns the recorder that a record of PutConfigurationRecorder tells.
func recorderOf(rec *event.Record) (recorder, error) {
	var c recorder
	text := member(rec.RequestParameters, "configurationRecorder")
	if len(text) == 0 {
		return c, errors.New("detail.requestParameters does not tell the configurationRecorder")
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("detail.requestParameters.configurationRecorder: %w", err)
	}
	if c.Name == "" {
		c.Name = "default" // as AWS Config names it
	}
	if err := checkName(c.Name); err != nil {
		return c, fmt.Errorf("detail.requestParameters.configurationRecorder.name: %w", err)
	}
	return c, nil
}

// A status is what matters of a recorder's status.
type status struct {
	recording bool
	started   time.Time // when it was last started; zero if unknown
	stopped   time.Time // when it was last stopped; zero if unknown
}

// restarted reports whether the recorder records and was started no earlier than stopped.
func (s status) restarted(stopped time.Time) bool {
	return s.recording && (s.started.IsZero() || !s.started.Before(stopped))
}

// status reads the status of a recorder.
func (r *Remediator) status(ctx context.Context, p place, name string) (status, error) {
	out, err := r.reader.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{ConfigurationRecorderNames: names(name)}, in(p.region))
	if err != nil {
		return status{}, awserr.Wrap(ctx, err, actionDescribeStatus, p.arn(typeRecorder, name))
	}
	if out == nil || len(out.ConfigurationRecordersStatus) == 0 {
		return status{}, fmt.Errorf("%s on %q: %w", actionDescribeStatus, p.arn(typeRecorder, name), remediate.ErrNotFound)
	}
	s := out.ConfigurationRecordersStatus[0]
	return status{recording: s.Recording, started: aws.ToTime(s.LastStartTime), stopped: aws.ToTime(s.LastStopTime)}, nil
}

// settled reads the status of a recorder that was stopped at the time given until it shows the stop
// or a later start: to believe what is out of date would leave it stopped.
func (r *Remediator) settled(ctx context.Context, p place, name string, stopped time.Time) (status, error) {
	for read := 1; ; read++ {
		s, err := r.status(ctx, p, name)
		switch {
		case err != nil || !s.recording || s.restarted(stopped):
			return s, err
		case read == r.reads:
			return s, fmt.Errorf("%w: the status of the recorder %q does not show yet that it was stopped at %s",
				remediate.ErrTemporary, name, stopped.UTC().Format(time.RFC3339))
		}
		if err := r.pause(ctx); err != nil {
			return s, err
		}
	}
}

// pause waits before the next read.
func (r *Remediator) pause(ctx context.Context) error {
	t := time.NewTimer(r.interval)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for AWS Config to show a change: %w", ctx.Err())
	}
}

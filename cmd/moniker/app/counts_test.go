package app

import (
	"reflect"
	"strings"
	"testing"

	"moniker/cluster"
	"moniker/cmd/moniker/metrics"
	"moniker/sshfront"
)

func TestEveryCountIsShownOnce(t *testing.T) {
	var node cluster.Counts
	var front sshfront.Counts
	number(&node)
	number(&front)
	names := map[string]bool{}
	for _, c := range []struct {
		counts any
		shown  []metrics.Metric
	}{{node, nodeTable(node)}, {front, frontTable(front)}} {
		kind := reflect.TypeOf(c.counts)
		values := map[int64]bool{}
		for _, m := range c.shown {
			if names[m.Name] || values[m.Value] {
				t.Errorf("%s is there already, or its count is", m.Name)
			}
			names[m.Name], values[m.Value] = true, true
			if strings.HasSuffix(m.Name, "_total") != (m.Kind == metrics.Counter) {
				t.Errorf("%s is of kind %d", m.Name, m.Kind)
			}
		}
		for i := range kind.NumField() {
			if !values[int64(i+1)] {
				t.Errorf("%s: %s is not shown", kind, kind.Field(i).Name)
			}
		}
	}
}

// number gives every field of a struct another value.
func number(counts any) {
	fields := reflect.ValueOf(counts).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetInt(int64(i + 1))
	}
}

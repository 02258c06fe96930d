package setting

import (
	"errors"
	"fmt"
	"strconv"

	"moniker/fsm/id"
)

// Format writes a value as Parse reads it: "1000", "10s", "1h30m", "500ms".
func Format(u Unit, v int64) string {
	if u != Span {
		return strconv.FormatInt(v, 10)
	}
	if v == 0 {
		return "0s"
	}
	out := ""
	for _, step := range steps() {
		if n := v / int64(step.size); n > 0 {
			out += strconv.FormatInt(n, 10) + step.unit
			v -= n * int64(step.size)
		}
	}
	return out
}

type step struct {
	unit string
	size id.Duration
}

func steps() []step {
	return []step{{"d", id.Day}, {"h", id.Hour}, {"m", id.Minute}, {"s", id.Second}, {"ms", id.Millisecond}, {"us", id.Microsecond}}
}

// LongError is Parse's of a duration that is over a hundred years: what was typed.
type LongError string

// Error tells it to people.
func (e LongError) Error() string {
	return fmt.Sprintf("%.20q is longer than anything lasts here", string(e))
}

const century = 36500 * id.Day

// Parse reads a value as people write it. A duration needs its unit ("10s").
func Parse(u Unit, s string) (int64, error) {
	if u != Span {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", s)
		}
		return v, nil
	}
	var total int64
	rest := s
	for rest != "" {
		n, unit, tail := cut(rest)
		size := unitSize(unit)
		count, err := strconv.ParseInt(n, 10, 64)
		switch {
		case size == 0 || err != nil && !errors.Is(err, strconv.ErrRange):
			return 0, fmt.Errorf("%q is no duration: write 10s, 5m, 1h30m or 7d", s)
		case err != nil || count > int64(century)/int64(size):
			return 0, LongError(s)
		}
		total = min(total+count*int64(size), int64(century)+1)
		rest = tail
	}
	if s == "" {
		return 0, fmt.Errorf("a duration is missing: write 10s, 5m, 1h30m or 7d")
	}
	if total > int64(century) {
		return 0, LongError(s)
	}
	return total, nil
}

// cut splits "10s5m" into "10", "s" and "5m".
func cut(s string) (number, unit, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	j := i
	for j < len(s) && (s[j] < '0' || s[j] > '9') {
		j++
	}
	return s[:i], s[i:j], s[j:]
}

func unitSize(unit string) id.Duration {
	for _, st := range steps() {
		if st.unit == unit {
			return st.size
		}
	}
	return 0
}

package render

import (
	"hash/fnv"
	"strconv"
	"time"
)

// ColorOf is the colour of an identity, the same every day and on every node.
func ColorOf(identity string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(identity))
	return int(h.Sum32() % Colors)
}

// Ago is how long d is, in its two largest units at most: 3 s, 9 min, 1 h 12 min.
func Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(max(d, 0)/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return two(int(d/time.Hour), " h", int(d%time.Hour/time.Minute), " min")
	}
	return two(int(d/(24*time.Hour)), " d", int(d%(24*time.Hour)/time.Hour), " h")
}

// Left is how much longer something lasts, in the words of Ago but rounded up: nothing is
// over before it says so.
func Left(d time.Duration) string {
	unit := time.Second
	switch {
	case d > 24*time.Hour:
		unit = time.Hour
	case d > time.Minute:
		unit = time.Minute
	}
	return Ago(max(d, 0) + unit - 1)
}

func two(a int, unitA string, b int, unitB string) string {
	s := Thousands(int64(a)) + unitA
	if b > 0 {
		s += " " + strconv.Itoa(b) + unitB
	}
	return s
}

// Thousands writes n with a comma every three digits: 18,231.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Plural is n of what: 1 line, 2,000 lines.
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Thousands(int64(n)) + " " + what + "s"
}

// Clock is t for the reader, as much of it as tells it from now: 10:31 on the
// same day, Tue 10:31 within six days, else 6 Jan 10:31. It is a word of a sentence;
// before a line stands Stamp.
func (st Style) Clock(t, now time.Time) string { return st.clock(t, now, "15:04") }

// Stamp is the clock before a line of t: Clock, or with seconds, or nothing.
func (st Style) Stamp(t, now time.Time) string {
	switch st.Stamps {
	case StampsSeconds:
		return st.clock(t, now, "15:04:05")
	case StampsOff:
		return ""
	}
	return st.clock(t, now, "15:04")
}

func (st Style) clock(t, now time.Time, layout string) string {
	t, now = st.in(t), st.in(now)
	switch days := day(now) - day(t); {
	case days == 0:
		return t.Format(layout)
	case days > 0 && days < 7:
		return t.Format("Mon " + layout)
	}
	return t.Format("2 Jan " + layout)
}

// Day numbers the day of t for the reader.
func (st Style) Day(t time.Time) int64 { return day(st.in(t)) }

// DayName is what the reader calls it: Wed 7 Jan, with the year if that is not now's.
func (st Style) DayName(t, now time.Time) string {
	t, now = st.in(t), st.in(now)
	if t.Year() != now.Year() {
		return t.Format("Mon 2 Jan 2006")
	}
	return t.Format("Mon 2 Jan")
}

func (st Style) in(t time.Time) time.Time {
	if st.Zone == nil {
		return t.UTC()
	}
	return t.In(st.Zone)
}

// day numbers the calendar days of t's zone.
func day(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

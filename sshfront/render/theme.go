package render

import (
	"slices"
	"strconv"
	"strings"
)

// Theme is how a reader wants colours used.
type Theme uint8

// The themes. The zero one is Auto.
const (
	Auto  Theme = iota // as the terminal's ground asks for, or right on any
	Light              // for a light ground
	Dark               // for a dark ground
	Mono               // bold, dim and underlined, and no colour
)

// Themes are the names of the themes, as people choose them.
func Themes() []string { return []string{"auto", "light", "dark", "mono"} }

// ThemeNamed is the theme of that name.
func ThemeNamed(name string) (Theme, bool) {
	i := slices.Index(Themes(), name)
	return Theme(max(i, 0)), i >= 0
}

func (t Theme) String() string { return Themes()[t] }

// Stamps is how much of the time stands before a line.
type Stamps uint8

// The clock styles. The zero one is StampsOn.
const (
	StampsOn      Stamps = iota // 10:31
	StampsSeconds               // 10:31:07
	StampsOff                   // none, and its column is text's
)

// ClockStyles are the names of the clock styles, as people choose them.
func ClockStyles() []string { return []string{"on", "seconds", "off"} }

// ClockStyleNamed is the clock style of that name.
func ClockStyleNamed(name string) (Stamps, bool) {
	i := slices.Index(ClockStyles(), name)
	return Stamps(max(i, 0)), i >= 0
}

func (s Stamps) String() string { return ClockStyles()[s] }

// cells is the width of the clock column.
func (s Stamps) cells() int { return [...]int{5, 8, 0}[s] }

// Ground is what a terminal's background is.
type Ground uint8

// The grounds. The zero one is one that nobody has told us.
const (
	Unknown Ground = iota
	OnLight
	OnDark
)

// GroundOf is the ground of a background colour as terminals tell it, such as
// rgb:ffff/ffff/dddd. Of one that is neither light nor dark we claim nothing.
func GroundOf(color string) Ground {
	_, color, _ = strings.Cut(color, ":")
	parts := strings.Split(color, "/")
	if len(parts) < 3 {
		return Unknown
	}
	light := 0.0 // roughly: no need to be exact far from the middle
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(parts[i], 16, 16)
		if err != nil {
			return Unknown
		}
		share := float64(v) / float64(uint(1)<<(4*len(parts[i]))-1)
		light += weight * share * share
	}
	switch {
	case light < 0.15:
		return OnDark
	case light > 0.6:
		return OnLight
	}
	return Unknown
}

// ground is what the colours must stand out on.
func (st Style) ground() Ground {
	switch st.Theme {
	case Light:
		return OnLight
	case Dark:
		return OnDark
	}
	return st.Ground
}

// Colors is how many colours names have.
const Colors = 12

// hue appends the sequence of colour i, if the theme has any. Below zero it is none.
func (st Style) hue(dst []byte, i int) []byte {
	switch {
	case !st.Color || st.Theme == Mono || i < 0:
		return dst
	case st.Few:
		if few := st.ground().few(); len(few) > 0 {
			return st.sgr(dst, few[i%len(few)])
		}
		return dst
	}
	return st.indexed(dst, st.ground().palette()[i%Colors])
}

// palette is the numbers among the 256 colours of the 12, hue by hue the same on
// every ground: at least 4.5:1 on the one that is known, else 3:1 on black and white.
func (g Ground) palette() [Colors]int {
	switch g {
	case OnLight:
		return [Colors]int{22, 23, 26, 57, 58, 24, 91, 127, 94, 125, 130, 163}
	case OnDark:
		return [Colors]int{77, 79, 75, 105, 149, 110, 141, 176, 179, 204, 209, 213}
	}
	return [Colors]int{28, 30, 33, 63, 64, 67, 99, 133, 136, 161, 166, 170}
}

// few is what is readable of the 16 colours, on terminals as they come: at least
// 3:1 with the colours of xterm and of a PC. On an unknown ground that is none worth
// having: better fewer colours than a name that cannot be read.
func (g Ground) few() []int {
	switch g {
	case OnLight:
		return []int{31, 34, 35}
	case OnDark:
		return []int{32, 33, 35, 36, 91, 92, 93, 94, 95, 96}
	}
	return nil
}

package render

import (
	"math"
	"strings"
	"testing"
)

func TestNameColoursStandOutOnTheirGround(t *testing.T) {
	for g, least := range map[Ground][2]float64{Unknown: {3, 3}, OnDark: {4.5, 0}, OnLight: {0, 4.5}} {
		seen := map[int]bool{}
		for i, n := range g.palette() {
			if seen[n] || n < 16 || n > 231 {
				t.Errorf("ground %d: colour %d is %d", g, i, n)
			}
			seen[n] = true
			steps := []int{0, 95, 135, 175, 215, 255}
			black, white := contrasts([3]int{steps[(n-16)/36], steps[(n-16)/6%6], steps[(n-16)%6]})
			if black < least[0] || white < least[1] {
				t.Errorf("ground %d, colour %d (%d): %.2f on black, %.2f on white", g, i, n, black, white)
			}
		}
	}
}

func TestNoneOfTheFewColoursIsUnreadable(t *testing.T) {
	for _, colors := range []map[int][3]int{xterm(), pc()} {
		for g, least := range map[Ground][2]float64{Unknown: {3, 3}, OnDark: {3, 0}, OnLight: {0, 3}} {
			for _, n := range g.few() {
				rgb, ok := colors[n]
				if black, white := contrasts(rgb); !ok || black < least[0] || white < least[1] {
					t.Errorf("ground %d, colour %d: %.2f on black, %.2f on white", g, n, black, white)
				}
			}
		}
	}
}

// xterm and pc are the 16 colours as those terminals show them.
func xterm() map[int][3]int {
	return map[int][3]int{
		31: {205, 0, 0}, 32: {0, 205, 0}, 33: {205, 205, 0}, 34: {0, 0, 238}, 35: {205, 0, 205}, 36: {0, 205, 205},
		91: {255, 0, 0}, 92: {0, 255, 0}, 93: {255, 255, 0}, 94: {92, 92, 255}, 95: {255, 0, 255}, 96: {0, 255, 255},
	}
}

func pc() map[int][3]int {
	return map[int][3]int{
		31: {170, 0, 0}, 32: {0, 170, 0}, 33: {170, 85, 0}, 34: {0, 0, 170}, 35: {170, 0, 170}, 36: {0, 170, 170},
		91: {255, 85, 85}, 92: {85, 255, 85}, 93: {255, 255, 85}, 94: {85, 85, 255}, 95: {255, 85, 255}, 96: {85, 255, 255},
	}
}

// contrasts are those of WCAG 2, on black and on white.
func contrasts(rgb [3]int) (black, white float64) {
	l := 0.2126*linear(rgb[0]) + 0.7152*linear(rgb[1]) + 0.0722*linear(rgb[2])
	return (l + 0.05) / 0.05, 1.05 / (l + 0.05)
}

func linear(v int) float64 {
	c := float64(v) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

func TestThemesAndClockStylesHaveTheNamesThatFindThem(t *testing.T) {
	for i, name := range Themes() {
		if th, ok := ThemeNamed(name); !ok || th != Theme(i) || th.String() != name {
			t.Errorf("%s: %v, %v", name, th, ok)
		}
	}
	for i, name := range ClockStyles() {
		if s, ok := ClockStyleNamed(name); !ok || s != Stamps(i) || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, ok)
		}
	}
	if _, ok := ThemeNamed("Dark"); ok {
		t.Error("there is no theme of that name")
	}
	if _, ok := ClockStyleNamed(""); ok {
		t.Error("there is no clock style of that name")
	}
}

func TestMonoHasNoColour(t *testing.T) {
	got := string(Message(nil, Style{Width: 80, Color: true, Theme: Mono}, "10:30", ' ', "bob", 0, "hi", "", true))
	if want := "\x1b[2m10:30\x1b[m      \x1b[1mbob\x1b[m  hi\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheClockColumnIsAsWideAsTheClock(t *testing.T) {
	long := strings.Repeat("word ", 16) + "end"
	for _, c := range []struct {
		stamps      Stamps
		clock, want string
	}{
		{StampsSeconds, "10:30:07", "10:30:07      bob  word word word word word word word word word word word word\n" + strings.Repeat(" ", 19) + "word word word word end\n"},
		{StampsOff, "", "      bob  word word word word word word word word word word word word word word\n           word word end\n"},
	} {
		if got := string(Message(nil, Style{Width: 80, Stamps: c.stamps}, c.clock, ' ', "bob", 0, long, "", false)); got != c.want {
			t.Errorf("%v:\n%s\nwant\n%s", c.stamps, got, c.want)
		}
	}
	if got, want := string(System(nil, Style{Width: 80, Stamps: StampsOff}, "", "carol left", false)), "       --  carol left\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheGroundIsReadOffABackground(t *testing.T) {
	for color, want := range map[string]Ground{
		"rgb:0000/0000/0000": OnDark, "rgb:ffff/ffff/ffff": OnLight, "rgb:ff/ff/dd": OnLight, "rgb:0/2/3": OnDark, "rgba:fdfd/f6f6/e3e3/ffff": OnLight,
		"rgb:0000/2b2b/3636": OnDark, "rgb:8080/8080/8080": Unknown, "": Unknown, "rgb:": Unknown, "rgb://": Unknown, "rgb:x/y/z": Unknown, "rgb:00000/0/0": OnDark, "rgb:-1/0/0": Unknown,
	} {
		if got := GroundOf(color); got != want {
			t.Errorf("%q: %d, want %d", color, got, want)
		}
	}
}

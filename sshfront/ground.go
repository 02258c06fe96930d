package sshfront

import (
	"slices"
	"strings"

	"moniker/sshfront/line"
	"moniker/sshfront/render"
)

// answers reports whether the terminal is of a kind that may tell its background, and
// that shows nothing if it cannot.
func (t *terminal) answers() bool {
	family, _, _ := strings.Cut(t.term, "-")
	return slices.Contains([]string{
		"xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "wezterm", "contour", "konsole", "vte", "gnome", "iterm", "iterm2", "st", "mintty",
	}, family)
}

// askGround asks the terminal for its background, once: when there is somebody who
// stays long enough for the answer to be ours, and no shell's.
func (s *session) askGround() {
	v := &s.view
	if v.asked || v.style.Ground != render.Unknown || !v.style.Color || !s.ch.term.answers() {
		return
	}
	v.asked = true
	v.above = append(v.above, line.AskBackground...)
}

// hearGround takes the answer. What is on the screen already stays: its colours are
// readable on any ground.
func (s *session) hearGround(color string) {
	if s.view.asked {
		s.view.style.Ground = render.GroundOf(color)
	}
}

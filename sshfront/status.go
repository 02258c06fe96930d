package sshfront

import (
	"slices"
	"strconv"
)

// prompt and status bring the live area up to date.
func (s *session) prompt() { s.ed.SetPrompt(s.promptText()) }

func (s *session) promptText() string {
	switch {
	case s.me.Key == "" && s.login.barred:
		return "Code: "
	case s.me.Key == "" && s.login.suggested != "":
		return "Another name [" + s.login.suggested + "]: "
	case s.me.Key == "" && s.login.naming:
		return "Another name: "
	case s.me.Key == "":
		return ""
	case s.view.style.Width < narrowest && !s.ch.term.dumb():
		return "> "
	}
	return s.view.title() + " " + s.me.Display + "> "
}

func (s *session) status() {
	l := &s.todo
	var others []string
	for _, item := range [...]string{s.idle.away, s.view.unread} {
		if item != "" {
			others = append(others, item)
		}
	}
	if len(l.queue)+len(l.back) == 0 && !l.slow && s.away.level == 0 && s.away.back.IsZero() && l.note == "" {
		s.ed.SetPending(nil)
		s.ed.SetStatusItems(others, -1)
		return
	}
	var items, rows []string
	row := func(what, text string) { rows = append(rows, " "+what+"  "+text) }
	unsent := slices.Clone(l.back)
	if l.under != "" && (l.slow || s.away.level > 0) {
		items = append(items, "1 sending")
		row("sending", l.under)
	}
	switch waiting := l.queue; {
	case s.me.Key == "":
	case s.held():
		unsent = append(unsent, waiting...)
	case l.slow || !l.paused.IsZero():
		for _, text := range waiting {
			row("waiting", text)
		}
		if len(waiting) > 0 {
			items = append(items, strconv.Itoa(len(waiting))+" waiting")
		}
	}
	for _, text := range unsent {
		row("unsent", text)
	}
	switch {
	case l.note != "":
		items = []string{l.note}
	case len(unsent) > 0:
		items = append([]string{strconv.Itoa(len(unsent)) + " unsent" + s.reach()}, items...)
	}
	if limit, _ := s.conn.srv.mayRate(); !l.paused.IsZero() && len(l.queue) > 0 {
		items = append(items, fast(limit))
	}
	keep := -1
	if t := s.trouble(); t != "" {
		keep = len(items)
		items = append(items, t)
	}
	items = append(items, others...)
	s.ed.SetPending(rows)
	s.ed.SetStatusItems(items, keep)
}

// reach says what becomes of lines that came back and stand above what is typed.
func (s *session) reach() string {
	if len(s.todo.back) == 0 || s.held() {
		return ""
	}
	return ", next in the prompt"
}

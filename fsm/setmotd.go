package fsm

import (
	"unicode/utf8"

	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// SetMotd says what whoever comes is told first: the message of the day (RFC 1459, 8.5).
// An empty text takes it away.
type SetMotd struct {
	Text string
	By   id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (SetMotd) Kind() Kind { return KindSetMotd }

func (c SetMotd) encode(e *wire.Encoder) {
	e.String(c.Text)
	e.String(string(c.By))
}

func decodeSetMotd(d *wire.Decoder) SetMotd {
	return SetMotd{d.String(setting.MaxMotd), decodeIdentity(d)}
}

func (c SetMotd) run(t *tx) Answer {
	if limit := t.setting.Get(setting.LimitMotd); int64(utf8.RuneCountInString(c.Text)) > limit {
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: limit}}
	}
	if t.setting.Motd().Text == c.Text {
		return Answer{Code: OK}
	}
	return done(t.setting.SetMotd(t.Turn, setting.Motd{Text: c.Text, By: c.By, Nick: t.nickOf(c.By)}))
}

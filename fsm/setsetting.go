package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// SetSetting changes a setting from now on. Deadlines that stand keep the value
// they were made with.
type SetSetting struct {
	Name  setting.Name
	Value int64
	By    id.Identity
}

// Kind implements Command.
func (SetSetting) Kind() Kind { return KindSetSetting }

func (c SetSetting) encode(e *wire.Encoder) {
	e.String(string(c.Name))
	e.Int(c.Value)
	e.String(string(c.By))
}

func decodeSetSetting(d *wire.Decoder) SetSetting {
	return SetSetting{setting.Name(d.String(maxShort)), d.Int(), decodeIdentity(d)}
}

func (c SetSetting) run(t *tx) Answer {
	if why := t.setting.Try(c.Name, c.Value); why != "" {
		return Answer{Code: BadValue, Refusal: &Refusal{Why: string(why)}}
	}
	return done(t.setting.Set(t.Turn, setting.Row{Name: c.Name, Value: c.Value, By: c.By, Wall: t.Wall}))
}

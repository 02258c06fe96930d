package model

// world is a state while a move is made in it.
type world struct {
	*State
	cfg    *Config
	entry  Entry     // being applied
	ran    uint8     // how many of its commands were
	broken string    // the first law that the move broke
	tale   *[]string // what happens, in words; nil if nobody listens
}

func (w *world) on(r Rule) bool { return w.cfg.on(r) }

// breaks notes that a law is broken.
func (w *world) breaks(law string) {
	if w.broken == "" && (w.cfg.Only == "" || w.cfg.Only == law) {
		w.broken = law
	}
}

func (w *world) ttl(m *Machine) uint8   { return w.cfg.TTL[m.Set] }
func (w *world) grace(m *Machine) uint8 { return w.cfg.Grace[m.Set] }

// deadline is when a node lease may be ended, by m.
func (w *world) deadline(m *Machine, i uint8) uint8 {
	inc := m.Inc[i]
	if !w.on(TTLInForceThen) && !inc.Extended {
		return inc.Renewed + w.ttl(m)
	}
	return inc.Deadline
}

// until is when a name in grace may be freed, by m.
func (w *world) until(m *Machine, k uint8) uint8 {
	if !w.on(GraceFixed) {
		return m.Name[k].Since + w.grace(m)
	}
	return m.Name[k].Until
}

// held reports whether a session is on the name.
func (m *Machine) held(k uint8) bool {
	for _, on := range m.On[1:] {
		if on == k {
			return true
		}
	}
	return false
}

// due reports whether a Tick has something to end at that time.
func (w *world) due(m *Machine, now uint8) bool {
	for i := uint8(1); i <= w.Incs; i++ {
		if m.Inc[i].Status == live && w.deadline(m, i) <= now {
			return true
		}
	}
	for k := uint8(1); k <= w.cfg.Names; k++ {
		if m.Name[k].Owner != 0 && w.until(m, k) <= now && !m.held(k) {
			return true
		}
	}
	return false
}

// restless reports whether time is to be kept in the log though nothing happens.
func (w *world) restless(m *Machine) bool {
	for i := uint8(1); i <= w.Incs; i++ {
		inc := m.Inc[i]
		if inc.Status == live && (inc.Extended || m.Now-inc.Renewed > (inc.Deadline-inc.Renewed)/2) {
			return true
		}
	}
	return false
}

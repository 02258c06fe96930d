package sshfront

import "time"

const mostKey = 8 // bytes that a key sends

// paste is when the last of what is pasted came. A terminal tells where a paste ends;
// what it tells may be lost, and then no key would be one any more.
type paste struct{ last time.Time }

// lost reports whether p, typed while a paste is said to be open, is a key: it is small,
// begins as keys do that are no text, and comes so long after the last of the paste that
// it is none of that.
func (t *paste) lost(open bool, p []byte, now time.Time, pause time.Duration) bool {
	if open && len(p) <= mostKey && len(p) > 0 {
		return p[0] < ' ' && p[0] != '\n' && p[0] != '\t' && now.Sub(t.last) >= pause
	}
	t.last = now
	return false
}

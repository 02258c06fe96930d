// Package lease is the table of ownership: which incarnations are live, which
// sessions they carry, and which identity has which name.
//
// A name is free (no row), held (at least one session under a live incarnation),
// in grace (none: only its owner may take it) or, if it is registered and its grace
// is over, reserved (likewise, for much longer). "Held" and "grace" are not stored: they follow from the sessions and the incarnations, so that ending an
// incarnation with 100,000 sessions is one write, and cleaning up after it can
// take its time.
//
// Promises, each checked by Check:
//   - a name has one owner, and names that look alike have the same one;
//   - every session sits on a name of its own identity, under an incarnation that
//     is known here;
//   - a token is never granted twice, and later grants carry larger ones;
//   - a guest has a name only while a session of its is on it;
//   - nothing here ends because time passed, except in Tick.
//
// It does not know why a session begins or ends, what a room is, or what time it
// is: the Turn says.
package lease

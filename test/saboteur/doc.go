// Package saboteur has faults that lie outside of the state machine, between a node
// and its people, and shows that the checks of their laws see them. Each is a double
// that stands where a part of the product stands and leaves out one rule; the same
// check is run with the honest part first. The faults of the state machine itself are
// in fsm/faults_test.go, those of leaders in fsm/leaders_test.go, those of the rules
// in test/model, those of reading in test/linear. The product has no switch for any.
package saboteur

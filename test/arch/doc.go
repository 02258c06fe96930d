// Package arch holds the shape of the house against the code: who may import
// whom, what the state machine may not know, and the mechanical rules of style.
// It prints the largest functions and files, so that growth is seen.
package arch

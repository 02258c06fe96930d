// Package transport carries bytes between the nodes of one cluster.
//
// A node opens one TCP port, its Port. Everything on it is TLS 1.3, both sides
// show a certificate of the cluster's own Authority, and the ALPN name says
// which protocol a connection speaks: a handler (Port.Handle), a stream layer
// for raft (Port.Layer), or joining (Port.HandleJoin). A connection that a
// handler gets is proven: Conn.PeerID is the fingerprint of the key that the
// other side holds, it is a member of this cluster, and it was not denied when
// the connection began. Removal takes effect at once: when Config.Denied
// answers true for a node and Port.Drop has returned, that node has no
// connection and gets no new one.
//
// A node that is not a member yet has no certificate. It joins (Join) with a
// one-time JoinToken, of which both sides prove knowledge over the TLS
// exporter, so the secret never travels and nobody can sit between.
//
// On a connection, frames (WriteFrame, ReadFrame) mark where a message ends,
// and Peer and Serve carry numbered calls and one-way messages.
//
// Nothing here depends on what a wall clock says; time is measured only to give
// up on silence. Whatever arrives is bounded before memory is taken for it.
// Nobody's slowness makes anybody else wait: handshakes have a deadline and
// slots of their own, and a full house turns out the slowest.
//
// What it does not know: chat, raft, who is a member and why, where files are,
// or what the bytes mean. The network is injected (Network): TCP in
// production, package memnet in simulation.
package transport

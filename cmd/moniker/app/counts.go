package app

import (
	"moniker/cluster"
	"moniker/cmd/moniker/metrics"
	"moniker/sshfront"
)

// nodeMetrics are what a node counts.
func nodeMetrics(n *cluster.Node) metrics.Source {
	return func() []metrics.Metric { return nodeTable(n.Counts()) }
}

// nodeTable gives each of a node's counts the name that scrapers know.
func nodeTable(c cluster.Counts) []metrics.Metric {
	return []metrics.Metric{
		counter("moniker_applied_entries_total", "entries of the log that this node has applied", c.Applied),
		counter("moniker_proposed_commands_total", "commands put into this node's stream", c.Proposed),
		counter("moniker_resent_commands_total", "commands of this node's stream sent to a leader once more", c.Resent),
		counter("moniker_leader_changes_total", "leaders this node heard of: another, or in another term", c.LeaderChanges),
		counter("moniker_times_leading_total", "how often this node began to lead", c.TimesLeading),
		counter("moniker_incarnations_lost_total", "how often others ended this node's incarnation while it ran", c.IncarnationsLost),
		counter("moniker_times_waiting_total", "how often what people type here began to wait", c.TimesWaiting),
		counter("moniker_times_read_only_total", "how often this node's lease may have been over", c.TimesReadOnly),
		counter("moniker_reads_confirmed_total", "linearizable reads that were answered", c.ReadsConfirmed),
		counter("moniker_snapshots_taken_total", "snapshots this node wrote of its own state", c.SnapshotsTaken),
		counter("moniker_snapshots_installed_total", "snapshots of a leader that replaced this node's state", c.SnapshotsInstalled),
		counter("moniker_feed_lost_events_total", "events that readers on this node will never see", c.FeedLost),
		gauge("moniker_log_bytes", "size of the file that holds the log; -1 if it is not known", c.LogBytes),
		gauge("moniker_pending_commands", "commands of this node's stream that it has not applied", c.OutboxPending),
		gauge("moniker_sessions", "people with a session on this node", c.Sessions),
		gauge("moniker_leads", "1 while this node leads, else 0", c.Leads),
		gauge("moniker_standing", "how this node may act for its people: 0 serving, 1 waiting, 2 read-only, 3 lost or removed, 4 starting", c.Standing),
		gauge("moniker_term", "raft's term, as this node knows it", c.Term),
		gauge("moniker_ready", "1 from when this node first served, 0 before", c.Ready),
	}
}

// frontMetrics are what the front end counts.
func frontMetrics(s *sshfront.Server) metrics.Source {
	return func() []metrics.Metric { return frontTable(s.Counts()) }
}

// frontTable gives each of the front end's counts the name that scrapers know.
func frontTable(c sshfront.Counts) []metrics.Metric {
	return []metrics.Metric{
		gauge("moniker_ssh_connections", "connections of people that are open", c.Connections),
		gauge("moniker_ssh_unproven_connections", "open connections that have not said who they are", c.Unproven),
		counter("moniker_ssh_accepted_total", "connections let in", c.Accepted),
		counter("moniker_ssh_refused_total", "connections over a limit", c.RefusedConnections),
		counter("moniker_ssh_handshakes_failed_total", "connections that ended without having said who they are", c.HandshakesFailed),
		counter("moniker_ssh_handshakes_late_total", "of those that failed: they took too long", c.HandshakesLate),
		counter("moniker_ssh_handshakes_gave_way_total", "of those that failed: they did not go on while others wanted in", c.HandshakesGaveWay),
		counter("moniker_ssh_proven_total", "connections that said who they are", c.Proven),
		counter("moniker_sessions_begun_total", "people who came onto a name", c.SessionsBegun),
		counter("moniker_sessions_ended_total", "people who left one, however", c.SessionsEnded),
		counter("moniker_names_refused_total", "names somebody asked for and did not get", c.NamesRefused),
		counter("moniker_turned_away_total", "sessions and commands of those who are banned, or not on the list of those who may come in", c.TurnedAway),
		counter("moniker_codes_wrong_total", "codes for another key that were tried here and are nobody's: somebody may be guessing", c.CodesWrong),
		counter("moniker_lines_said_total", "lines of people here that were committed", c.LinesSaid),
		counter("moniker_lines_held_back_total", "lines that waited because their author was fast", c.LinesHeldBack),
		counter("moniker_skipped_events_total", "events that somebody here was too slow for", c.Skipped),
		counter("moniker_ssh_evicted_total", "connections this node gave up, for whatever reason", c.Evicted),
		counter("moniker_ssh_evicted_silent_total", "of those given up: no proof of life", c.EvictedSilent),
		counter("moniker_ssh_evicted_stuck_total", "of those given up: a write that did not end", c.EvictedStuck),
		counter("moniker_ssh_evicted_idle_total", "of those given up: no session asked for", c.EvictedIdle),
		counter("moniker_ssh_evicted_rekeys_total", "of those given up: new keys asked for again and again", c.EvictedRekeys),
		counter("moniker_ssh_evicted_floods_total", "of those given up: requests without end", c.EvictedFloods),
	}
}

func counter(name, help string, value int64) metrics.Metric {
	return metrics.Metric{Name: name, Help: help, Kind: metrics.Counter, Value: value}
}

func gauge(name, help string, value int64) metrics.Metric {
	return metrics.Metric{Name: name, Help: help, Kind: metrics.Gauge, Value: value}
}

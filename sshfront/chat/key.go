package chat

import (
	"strings"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/sshfront/keycode"
)

func keyCommand() Command {
	c := Command{
		Name: "key", Topic: You, Usage: "[add | remove KEY | CODE]",
		Help: "the keys that are you; add: a code that makes another device you; CODE: say it there; " +
			"remove: let one of your keys in no more. The start of its fingerprint is enough",
		Complete: keys,
	}
	c.Run = func(call Call) Outcome {
		if call.Who.Guest() {
			return refuse("You are a guest, without a key. To make one: " + makeAKey)
		}
		word, rest := cutWord(call.Args)
		switch code, ok := keycode.Parse(call.Args); {
		case strings.EqualFold(word, "list") && rest == "", word == "":
			return keyList(call)
		case strings.EqualFold(word, "add") && rest == "":
			return keyAdd(call)
		case strings.EqualFold(word, "remove") && rest != "":
			return keyRemove(call, rest)
		case ok:
			return Outcome{Code: code}
		}
		return refuse(whyNoKey(word, call.Args) + "\n" + explain(call, c))
	}
	return c
}

// whyNoKey says what is wrong with what stands behind /key.
func whyNoKey(word, args string) string {
	switch strings.ToLower(word) {
	case "add", "list":
		return "/key " + strings.ToLower(word) + " takes nothing behind it."
	case "remove":
		return "/key remove takes the start of a key. /key lists yours."
	}
	return shorten(args) + " is neither add, list or remove nor a code, which has " + count(keycode.Symbols) + " letters and digits."
}

// makeAKey is what a guest does who wants to be more than that.
const makeAKey = "ssh-keygen -t ed25519"

// CodeOf reads "/key CODE", typed by somebody who has no name yet.
func CodeOf(line string) (keycode.Code, bool) {
	if name, args := parse(line); strings.HasPrefix(line, "/") && strings.EqualFold(name, "key") {
		return keycode.Parse(args)
	}
	return "", false
}

// owned is a key of the asker's, and where somebody is by it.
type owned struct {
	keyring.Key
	nodes []string
}

func ownKeys(c Call) []owned {
	var all []owned
	c.View(func(st *fsm.State) {
		for _, k := range st.Keys().Of(c.Who) {
			o := owned{Key: k}
			for _, sid := range st.Lease().Of(c.Who) {
				if row, _ := st.Lease().Session(sid); row.Print() == k.Print {
					inc, _ := st.Lease().Incarnation(sid.Incarnation)
					node, _ := st.Members().Member(inc.Node)
					o.nodes = append(o.nodes, node.Name)
				}
			}
			all = append(all, o)
		}
	})
	return all
}

func keyList(c Call) Outcome {
	all := ownKeys(c)
	if len(all) == 1 {
		return answer(string(all[0].Print) + "\nThat is your only key. /key add makes another device you as well.")
	}
	var lines []string
	for _, k := range all {
		what := []string{"the first"}
		if !k.First() {
			what = []string{"since " + c.clock(k.Wall)}
		}
		nodes := strings.Join(once(k.nodes), ", ")
		switch {
		case k.Print == c.Key:
			what = append(what, "this one, on "+nodes)
		case nodes != "":
			what = append(what, "here on "+nodes)
		case k.Used > 0:
			what = append(what, "last here "+c.clock(k.Used))
		}
		lines = append(lines, flow(c.Width, 2, string(k.Print)+"  ", what, "; "))
	}
	return answer(c.heading() + strings.Join(lines, "\n"))
}

// once drops what stands there again.
func once(list []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func keyAdd(c Call) Outcome {
	code := keycode.New()
	var proof keyring.Proof
	c.View(func(st *fsm.State) { proof = code.Proof(st.Cluster()) })
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.OpenCode{Session: s, Token: token, Proof: proof}
		},
		Done: func() string {
			return "  " + code.String() + "\nSay this on the new device, within " + ago(keyring.CodeLife) +
				": where it asks for a name, or by /key there. It works once. Whoever says it is you from then on."
		},
	}
}

func keyRemove(c Call, start string) Outcome {
	var found []owned
	all := ownKeys(c)
	for _, k := range all {
		rest := strings.TrimPrefix(string(k.Print), "SHA256:")
		if strings.HasPrefix(rest, strings.TrimPrefix(start, "SHA256:")) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 0:
		return refuse("No key of yours begins with " + shorten(start) + ". /key lists them.")
	case len(found) > 1:
		return refuse(plural(len(found), "key") + " of yours begin with " + shorten(start) + ": write more of it.")
	case len(all) == 1:
		return refuse("It is your only key. /key add on this device makes another one you; then this can go.")
	}
	print := found[0].Print
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.RemoveKey{Session: s, Token: token, Key: print}
		},
		Done: func() string {
			return "This key is let in no more, and whoever was here by it has left:\n  " + string(print)
		},
	}
}

// keys completes what /key takes.
func keys(c Call, before, word string) (out []string) {
	options := []string{"add", "list", "remove"}
	switch strings.ToLower(before) {
	case "":
	case "remove":
		options = nil
		for _, k := range ownKeys(c) {
			options = append(options, string(k.Print))
		}
	default:
		return nil
	}
	for _, o := range options {
		if strings.HasPrefix(o, word) {
			out = append(out, o)
		}
	}
	return out
}

package app

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"moniker/cmd/moniker/admin"
	"moniker/cmd/moniker/say"
	"moniker/cmd/moniker/socket"
)

// adminCommand hands its words to a running node as they are, but for --dir: what
// they mean, that node says.
func adminCommand(s Streams, exit *int) *cobra.Command {
	return &cobra.Command{
		Use: "admin [--dir DIR] COMMAND", Short: "look at the cluster and change it", DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			dir, words, err := takeDir(args)
			if err != nil {
				return err
			}
			width, color := terminal(s.Out, os.Getenv)
			if wantsHelp(words) {
				*exit = admin.Help(cmd.Context(), admin.Request{Args: words, Stdout: s.Out, Stderr: s.Err})
				return nil
			}
			call := socket.Call{Args: words, Width: width, Color: color}
			if admin.Endless(words) {
				conn, err := socket.Any(dir)
				if err != nil {
					return err
				}
				*exit, err = watch(cmd.Context(), dir, conn, call, s)
				return err
			}
			*exit, err = ask(cmd.Context(), dir, call, s)
			return err
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if n := len(args); n > 0 && args[n-1] == "--dir" {
				return nil, cobra.ShellCompDirectiveFilterDirs
			}
			_, words, err := takeDir(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return admin.Complete(words, begun), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// ask hands a call to the node of a folder. Of a demo's nodes it asks one after the other,
// until one is in touch with a leader: what one that is not says of that is told only if
// all say it. Nothing was changed then.
func ask(ctx context.Context, dir string, call socket.Call, s Streams) (exit int, err error) {
	asked := map[string]bool{}
	conn, name, demo := socket.Other(dir, asked)
	if !demo {
		if conn, err = socket.Any(dir); err != nil {
			return 0, err
		}
	}
	for {
		asked[name] = true
		in := &metered{Reader: s.In}
		var said bytes.Buffer
		exit, err = socket.Do(ctx, conn, call, socket.Streams{In: in, Out: s.Out, Err: &said})
		if err == nil && exit == say.NoLeader && in.n == 0 && demo {
			if conn, name, demo = socket.Other(dir, asked); demo {
				continue
			}
		}
		s.Err.Write(said.Bytes())
		return exit, err
	}
}

// metered counts what is read.
type metered struct {
	io.Reader
	n int
}

func (c *metered) Read(p []byte) (int, error) {
	if c.Reader == nil {
		return 0, io.EOF
	}
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// takeDir takes --dir out of the words, wherever it stands before a --.
func takeDir(args []string) (dir string, words []string, err error) {
	dir, words = defaultDir, []string{}
	for i := 0; i < len(args); i++ {
		value, has := strings.CutPrefix(args[i], "--dir=")
		switch {
		case args[i] == "--":
			return dir, append(words, args[i:]...), nil
		case has:
			dir = value
		case args[i] == "--dir" && i+1 < len(args):
			i++
			dir = args[i]
		case args[i] == "--dir":
			dir = ""
		default:
			words = append(words, args[i])
			continue
		}
		if dir == "" {
			return "", nil, wrong("--dir wants a value.", "A node's folder, or a demo's: --dir DIR")
		}
	}
	return dir, words, nil
}

// wantsHelp tells a question about the commands, which needs no node.
func wantsHelp(words []string) bool {
	if end := slices.Index(words, "--"); end >= 0 {
		words = words[:end]
	}
	return len(words) == 0 || words[0] == "help" || slices.Contains(words, "--help") || slices.Contains(words, "-h")
}

// terminal says how wide out is and whether it wants colour: 0 and no if it is
// no terminal.
func terminal(out any, env func(string) string) (width int, color bool) {
	file, ok := out.(*os.File)
	if !ok {
		return 0, false
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	term := env("TERM")
	return int(size.Col), env("NO_COLOR") == "" && term != "" && term != "dumb"
}

package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"moniker/cmd/moniker/demo"
	"moniker/cmd/moniker/say"
)

const defaultDir = "./moniker-demo"

// Streams are the process's own.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs a command line and returns its exit status.
func Main(ctx context.Context, args []string, s Streams) int {
	exit := say.Done
	root := say.Group("moniker", "chat over SSH where a nickname has exactly one owner",
		demoCommand(s), serveCommand(s), adminCommand(s, &exit), versionCommand(s))
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetHelpCommand(say.HelpCommand())
	root.SetFlagErrorFunc(say.FlagError)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetArgs(append([]string{}, args...))
	if err := say.InVoice(root, root.ExecuteContext(ctx)); err != nil {
		return say.Print(s.Err, err)
	}
	return exit
}

func demoCommand(s Streams) *cobra.Command {
	c := demo.Config{Stdin: s.In, Stdout: s.Out}
	cmd := say.Leaf("demo", "a live cluster on this machine, for trying things out", func(cmd *cobra.Command, _ []string) error {
		program, err := os.Executable()
		if err != nil {
			return say.No("", "this program cannot be found again: %s.", reason(err))
		}
		c.Program, c.Agent = program, os.Getenv("SSH_AUTH_SOCK")
		c.Home, _ = os.UserHomeDir()
		for flag, n := range map[string]int{"nodes": c.Nodes, "ssh-port": c.SSHPort} {
			if n == 0 && cmd.Flags().Changed(flag) { // to the demo, 0 is one that nobody gave
				return &say.Error{Exit: say.Usage, What: "--" + flag + " is not 0.", Do: "Leave it away for what is usual."}
			}
		}
		return demo.Run(cmd.Context(), c)
	})
	flags := cmd.Flags()
	flags.StringVar(&c.Dir, "dir", defaultDir, "where the nodes keep what they know")
	flags.IntVar(&c.Nodes, "nodes", 0, "how many nodes (default 3, or as last time)")
	flags.IntVar(&c.SSHPort, "ssh-port", 0, "the first node's port for people; the others follow (default 2201, or as last time)")
	return cmd
}

func serveCommand(s Streams) *cobra.Command {
	c := Config{Stdout: s.Out, Stderr: s.Err}
	var token string
	var fd, switches int
	cmd := say.Leaf("serve", "run a node", func(cmd *cobra.Command, _ []string) (err error) {
		if c.Token, err = Token(token, os.Getenv("MONIKER_TOKEN"), os.ReadFile); err != nil {
			return err
		}
		if c.Metrics == "" {
			c.Metrics = os.Getenv("MONIKER_METRICS")
		}
		ctx := cmd.Context()
		if fd > 0 {
			c.Stderr = nil // there is a demo: it reads the folder's log
			var stop func()
			ctx, stop = untilEOF(ctx, fd)
			defer stop()
		}
		if switches > 0 {
			var stop func()
			c.Network, stop = switched(switches)
			defer stop()
		}
		return Serve(ctx, c)
	})
	cmd.Long = "Run a node. The same command line works for the first start and every other;\n" +
		"a folder that has been started remembers it: moniker serve --dir DIR"
	flags := cmd.Flags()
	flags.StringVar(&c.Dir, "dir", "", "where the node keeps what it knows")
	flags.StringVar(&c.Name, "name", "", "what people call the node: n1")
	flags.StringVar(&c.SSH, "ssh", "", "HOST:PORT for people")
	flags.StringVar(&c.Peer, "peer", "", "HOST:PORT for other nodes")
	flags.StringVar(&c.AdvertisePeer, "advertise-peer", "", "HOST:PORT where other nodes reach --peer, if not there")
	flags.StringVar(&c.Metrics, "metrics", "", "HOST:PORT for /metrics, in Prometheus' form (or MONIKER_METRICS); off: none")
	flags.BoolVar(&c.Init, "init", false, "make a new cluster")
	flags.StringVar(&c.Join, "join", "", "enter the cluster of the node whose --peer is HOST:PORT")
	flags.StringVar(&token, "token", "", "@FILE with the join token (or MONIKER_TOKEN)")
	flags.IntVar(&fd, "until-eof-of-fd", 0, "end when this file descriptor does")
	flags.MarkHidden("until-eof-of-fd")
	flags.IntVar(&switches, "switch-fd", 0, "have links to other nodes cut and healed by what is read here")
	flags.MarkHidden("switch-fd")
	flags.StringVar(&c.SSHConfig, "ssh-config", "", "what a demo's people give to ssh -F; off: nothing")
	flags.MarkHidden("ssh-config")
	return cmd
}

// untilEOF returns a context that also ends when whoever holds the other end of a
// pipe does, however it ended.
func untilEOF(ctx context.Context, fd int) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, true) // so that Close ends a Read
	pipe := os.NewFile(uintptr(fd), "until-eof-of-fd")
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		io.Copy(io.Discard, pipe)
	}()
	return ctx, func() {
		pipe.Close()
		<-done
	}
}

// buildVersion is which moniker this is, as its build knows it.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "of unknown version"
}

func versionCommand(s Streams) *cobra.Command {
	return say.Leaf("version", "which moniker this is", func(*cobra.Command, []string) error {
		fmt.Fprintf(s.Out, "moniker %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	})
}

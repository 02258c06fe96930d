package say

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Group is a command that only holds others.
func Group(name, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, DisableFlagsInUseLine: true}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		what := fmt.Sprintf("%s is no command of %s.", args[0], cmd.CommandPath())
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			what = fmt.Sprintf("%s is no command of %s; %s is.", args[0], cmd.CommandPath(), near[0])
		}
		return &Error{Exit: Usage, What: what, Do: has(cmd)}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.HasParent() {
			return cmd.Help()
		}
		return &Error{Exit: Usage, What: fmt.Sprintf("%s wants to be told what to do.", cmd.CommandPath()), Do: has(cmd)}
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(children...)
	return cmd
}

func has(cmd *cobra.Command) string {
	var names []string
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() {
			names = append(names, child.Name())
		}
	}
	return "It has: " + strings.Join(names, ", ")
}

// Leaf is a command that does something. use names its arguments in capitals.
func Leaf(use, short string, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	want := len(strings.Fields(use)) - 1
	return &cobra.Command{
		Use: use, Short: short, DisableFlagsInUseLine: true, RunE: run,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) < want:
				return Wrong(cmd, "%s is missing.", strings.Fields(use)[1+len(args)])
			case len(args) > want:
				return Wrong(cmd, "%s is one word too many.", args[want])
			}
			return nil
		},
	}
}

// HelpCommand is help in our words. cobra's own may call os.Exit, which would end a
// node that runs a tree for others.
func HelpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "what a command does", DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return &Error{Exit: Usage, What: strings.Join(args, " ") + " is no command.", Do: has(cmd.Root())}
			}
			return found.Help()
		},
	}
}

// Wrong is the trouble of a command line that cannot be read.
func Wrong(cmd *cobra.Command, format string, args ...any) error {
	return &Error{Exit: Usage, What: fmt.Sprintf(format, args...), Do: "Usage: " + cmd.UseLine()}
}

// FlagError tells what is wrong with a flag in our words.
func FlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = "-" + unknown.GetSpecifiedName()
		}
		return Wrong(cmd, "%s is no option of %s.", name, cmd.CommandPath())
	case errors.As(err, &bare):
		return Wrong(cmd, "--%s wants a value.", bare.GetFlag().Name)
	case errors.As(err, &bad):
		return Wrong(cmd, "%s is no value for --%s.", bad.GetValue(), bad.GetFlag().Name)
	}
	return Wrong(cmd, "these options cannot be read.")
}

// InVoice passes our own errors on; any other is cobra's, about usage.
func InVoice(root *cobra.Command, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &Error{Exit: Usage, What: err.Error(), Do: "All there is: " + root.CommandPath() + " --help"}
}

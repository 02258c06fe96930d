package admin

import (
	"github.com/spf13/cobra"

	"moniker/cmd/moniker/say"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// spanFlag reads a flag's span of at least a second. What is none is told from one that is
// too short or too long.
func spanFlag(cmd *cobra.Command, flag, typed string, most id.Duration) (id.Duration, error) {
	longest := setting.Format(setting.Span, int64(most))
	d, err := setting.Parse(setting.Span, typed)
	_, long := err.(setting.LongError)
	switch {
	case err != nil && !long:
		return 0, &say.Error{Exit: say.Usage, What: err.Error() + ".", Do: flag + " is between 1s and " + longest + "."}
	case long || d < int64(id.Second) || d > int64(most):
		return 0, say.Wrong(cmd, "%s is between 1s and %s, not %s.", flag, longest, typed)
	}
	return id.Duration(d), nil
}

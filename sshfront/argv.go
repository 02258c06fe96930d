package sshfront

import (
	"errors"
	"strings"
)

const (
	longestCommand = 16 << 10 // bytes
	mostArgs       = 256
)

// split takes a command line apart as a shell would, without doing anything else a
// shell does: blanks separate, quotes and \ keep together.
func split(s string) ([]string, error) {
	if len(s) > longestCommand {
		return nil, errors.New("the command is too long")
	}
	var args []string
	var arg strings.Builder
	begun, quote := false, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == 0:
			return nil, errors.New("the command holds a zero byte")
		case quote == '\'' && c != quote:
			arg.WriteByte(c)
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && i+1 < len(s) && (quote == 0 || s[i+1] == '"' || s[i+1] == '\\'):
			i++
			begun = true
			arg.WriteByte(s[i])
		case quote == 0 && (c == '\'' || c == '"'):
			begun, quote = true, c
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			if begun {
				args, begun = append(args, arg.String()), false
				arg.Reset()
			}
		default:
			begun = true
			arg.WriteByte(c)
		}
		if len(args) > mostArgs {
			return nil, errors.New("the command has too many words")
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		args = append(args, arg.String())
	}
	return args, nil
}

package chat

import "strings"

const (
	farthest    = 2  // edits between what was typed and what may have been meant
	longestName = 32 // bytes of a command's name that are looked at
)

// unknown says that there is no such command, and which may have been meant.
func unknown(name string) string {
	text := "/" + shorten(name) + " is no command; "
	near, ok := foreign()[strings.ToLower(name)]
	if !ok {
		near, ok = nearest(name)
	}
	if !ok {
		return text + "/help lists them."
	}
	return text + "/" + near + " is."
}

// nearest returns the command whose name is fewest edits from name. A name that
// starts with what was typed counts as one edit away.
func nearest(name string) (string, bool) {
	name = strings.ToLower(name)
	best, at := "", farthest+1
	if len(name) > longestName {
		return "", false
	}
	for _, cmd := range Commands() {
		d := distance(name, cmd.Name)
		if len(name) >= 2 && strings.HasPrefix(cmd.Name, name) {
			d = min(d, 1)
		}
		if d < at && d < len(cmd.Name) {
			best, at = cmd.Name, d
		}
	}
	return best, best != ""
}

// distance counts insertions, deletions, changes and swaps of neighbours.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

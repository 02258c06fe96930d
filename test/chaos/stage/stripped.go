package stage

import "io/fs"

// stripped is a node's folder without what cannot be copied: its socket.
type stripped struct{ fs.FS }

// ReadDir lists what is a file or a folder.
func (s stripped) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	var kept []fs.DirEntry
	for _, e := range entries {
		if e.IsDir() || e.Type().IsRegular() {
			kept = append(kept, e)
		}
	}
	return kept, err
}

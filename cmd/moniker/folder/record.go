package folder

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"moniker/cmd/moniker/say"
)

// RecordFile is the file that a Record is kept in.
const RecordFile = "node.json"

// Format is of all that a folder holds. It is raised whenever what an older build has
// written there (the log, a snapshot) cannot be read any more.
const Format = 3

// kept is a Record in its file.
type kept struct {
	Format int `json:"format"`
	Record
}

// Record is what a node was started with, so that its folder alone starts it again.
type Record struct {
	Name        string `json:"name"`
	SSH         string `json:"ssh"`
	Peer        string `json:"peer"`
	Advertise   string `json:"advertise"`   // where others reach Peer; empty: as Peer says
	Metrics     string `json:"metrics"`     // empty: none
	SSHConfig   string `json:"ssh_config"`  // of a demo whose caller has no key: people come through it; empty: by themselves
	Cluster     string `json:"cluster"`     // the cluster's id, once it belongs to one
	Node        string `json:"node"`        // the node's id, once it has a key
	Founder     bool   `json:"founder"`     // it made the cluster
	Initialised bool   `json:"initialised"` // its stores were made: if they are gone, it has lost its memory
}

// Record reads node.json; ok is false if there is none.
func (f *Folder) Record() (r Record, ok bool, err error) { return ReadRecord(f.dir) }

// ReadRecord reads the record of a folder that another process may have open.
func ReadRecord(dir string) (r Record, ok bool, err error) {
	path := filepath.Join(dir, RecordFile)
	data, ok, err := read(path)
	if err != nil || !ok {
		return Record{}, false, err
	}
	var k kept
	if json.Unmarshal(data, &k) == nil && k.Format != Format { // before it is held against what is known now
		return Record{}, false, say.No("Start it with that build, or begin anew in another folder: --dir OTHER",
			"%s was written by another build of moniker: its format is %d, this one's is %d.", say.Path(dir), k.Format, Format)
	}
	if err := Strict(data, &k); err != nil {
		return Record{}, false, Damaged(path, err.Error())
	}
	r = k.Record
	if r.Name == "" || r.SSH == "" || r.Peer == "" {
		return Record{}, false, Damaged(path, "name, ssh or peer is missing")
	}
	return r, true, nil
}

// SetRecord writes node.json.
func (f *Folder) SetRecord(r Record) error { return f.WriteJSON(RecordFile, kept{Format, r}) }

// WriteJSON writes a value as people can read it.
func (f *Folder) WriteJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return f.Write(name, append(data, '\n'))
}

// Strict reads one JSON value into v: nothing unknown in it, nothing after it.
// The error says what is wrong in words for people.
func Strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty")
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("it ends in the middle")
		}
		return errors.New("it is not what moniker writes (" + err.Error() + ")")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after its end")
	}
	return nil
}

package folder

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moniker/cmd/moniker/say"
	"moniker/transport"
)

func open(t *testing.T) *Folder {
	t.Helper()
	f, err := Open(filepath.Join(t.TempDir(), "n1"), Node)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestAFolderInUseIsCalledWhatItIs(t *testing.T) {
	for _, c := range []struct {
		file         string
		made, wanted Kind
	}{{RecordFile, Node, Demo}, {DemoFile, Demo, Node}} {
		f, err := Open(t.TempDir(), c.made)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Write(c.file, nil); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s is in use by a running %s (pid %d).", f.Dir(), c.made, os.Getpid())
		if _, err := Open(f.Dir(), c.wanted); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestOneProcessAFolder(t *testing.T) {
	f := open(t)
	_, err := Open(f.Dir(), Node)
	var e *say.Error
	want := fmt.Sprintf("%s is in use by a running node (pid %d).", f.Dir(), os.Getpid())
	if !errors.As(err, &e) || e.What != want || e.Exit != say.Failed {
		t.Fatalf("got %v, want %s", err, want)
	}
	f.Close()
	again, err := Open(f.Dir(), Demo)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(f.Dir(), Demo); err == nil || !strings.Contains(err.Error(), "a running demo (pid") {
		t.Errorf("got %v", err)
	}
	again.Close()
	if _, ok := PID(f.Dir()); ok {
		t.Error("the pid stays after the folder was given back")
	}
}

func TestEverythingIsTheOwnersAlone(t *testing.T) {
	f := open(t)
	if err := f.SetRecord(Record{Name: "n1", SSH: "a:1", Peer: "a:2"}); err != nil {
		t.Fatal(err)
	}
	if err := f.SetKeys(newKeys(t)); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(f.Dir()); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", info.Mode())
	}
	files, err := os.ReadDir(f.Dir())
	if err != nil || len(files) < 7 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		if info, _ := file.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", file.Name(), info.Mode())
		}
	}
}

func newKeys(t *testing.T) Keys {
	t.Helper()
	key, err := transport.NewNodeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := transport.NewAuthority("c1", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Sign(key.Public(), "n1")
	if err != nil {
		t.Fatal(err)
	}
	return Keys{Node: key, Cert: cert, CA: authority.Cert(), Authority: authority}
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	f := open(t)
	r := Record{Name: "n2", SSH: "127.0.0.1:2202", Peer: "127.0.0.1:7202", Cluster: "c1", Node: "SHA256:x", Initialised: true}
	k := newKeys(t)
	if err := errors.Join(f.SetRecord(r), f.SetKeys(k)); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := ReadRecord(f.Dir()); got != r || !ok || err != nil {
		t.Errorf("record is %+v, %v, %v", got, ok, err)
	}
	got, err := f.Keys()
	if err != nil {
		t.Fatal(err)
	}
	if got.Node.ID() != k.Node.ID() || !bytes.Equal(got.Cert, k.Cert) || !bytes.Equal(got.CA, k.CA) || got.Authority == nil || got.Host != nil {
		t.Errorf("keys are %+v", got)
	}
	if err := got.Credentials("c1").Validate(); err != nil {
		t.Error(err)
	}
}

func TestAnEmptyFolderHasNothing(t *testing.T) {
	f := open(t)
	if _, ok, err := f.Record(); ok || err != nil {
		t.Errorf("record: %v, %v", ok, err)
	}
	if k, err := f.Keys(); !k.Node.IsZero() || k.Cert != nil || err != nil {
		t.Errorf("keys: %+v, %v", k, err)
	}
}

func TestDamagedFilesAreNamedAndLeftAlone(t *testing.T) {
	const whole = `{"format":3,"name":"n1","ssh":"a:1","peer":"a:2","advertise":"","metrics":"","cluster":"","node":"","founder":false,"initialised":false}`
	for _, c := range []struct{ file, text, why string }{
		{RecordFile, "", "it is empty"},
		{RecordFile, whole[:40], "it ends in the middle"},
		{RecordFile, whole + "{}", "there is more after its end"},
		{RecordFile, `{"format":3,"name":"n1","colour":"red"}`, "it is not what moniker writes"},
		{RecordFile, "\x00\x00\x00\x00", "it is not what moniker writes"},
		{RecordFile, `{"format":3,"name":"n1"}`, "name, ssh or peer is missing"},
		{"node.key", "nonsense", "not a node key"},
		{"node.crt", "nonsense", "no PEM block CERTIFICATE in it"},
		{"ca.crt", "", "no PEM block CERTIFICATE in it"},
		{"ca.key", "nonsense", "not a cluster authority"},
		{HostKeyFile, "nonsense", "no key found"},
	} {
		t.Run(c.file+" "+c.why, func(t *testing.T) {
			f := open(t)
			path := f.Path(c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := f.Record()
			if err == nil {
				_, err = f.Keys()
			}
			if err == nil || !strings.HasPrefix(err.Error(), path+" is damaged: ") || !strings.Contains(err.Error(), c.why) {
				t.Errorf("got %v", err)
			}
			if left, _ := os.ReadFile(path); string(left) != c.text {
				t.Errorf("the file is %q now", left)
			}
		})
	}
}

// What another build has written is not damaged, and is not touched.
func TestAFolderOfAnotherBuildIsCalledThat(t *testing.T) {
	for format, text := range map[int]string{
		0:          `{"name":"n1","ssh":"a:1","peer":"a:2"}`,
		Format + 1: fmt.Sprintf(`{"format":%d,"name":"n1","ssh":"a:1","peer":"a:2","colour":"red"}`, Format+1),
	} {
		f := open(t)
		if err := os.WriteFile(f.Path(RecordFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s was written by another build of moniker: its format is %d, this one's is %d.", f.Dir(), format, Format)
		if _, _, err := f.Record(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A write that fails, or a process that dies before the rename, leaves the old file.
func TestAFileIsTheOldOneOrTheNewOne(t *testing.T) {
	f := open(t)
	if err := f.Write("x", []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(f.Path("dir/x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Write("dir", []byte("new")); err == nil { // a rename onto a folder fails
		t.Error("a folder was replaced by a file")
	}
	if err := f.Write("absent/x", []byte("new")); err == nil || !strings.Contains(err.Error(), "cannot be written: no such file or directory.") {
		t.Errorf("got %v", err)
	}
	if err := f.Write("x", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if data, _, _ := f.Read("x"); string(data) != "new" {
		t.Errorf("x is %q", data)
	}
	if left, _ := filepath.Glob(f.Path(".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFilesAreBounded(t *testing.T) {
	f := open(t)
	if err := os.WriteFile(f.Path("x"), make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Read("x"); err == nil || !strings.Contains(err.Error(), "over 1 MiB") {
		t.Errorf("got %v", err)
	}
}

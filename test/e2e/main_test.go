package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// program is the binary under test. Set by TestMain alone.
var program string

// common is a demo that tests share which do no harm to nodes.
var common struct {
	once sync.Once
	demo *demo
	err  error
}

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "moniker")
	args := []string{"build", "-o", program}
	if raceDetector {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "moniker/cmd/moniker")...)
	if said, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, said)
		return 1
	}
	if err := flag.Set("test.parallel", strconv.Itoa(together)); err != nil {
		panic(err)
	}
	exit := m.Run()
	if common.demo != nil {
		if err := common.demo.end(); err != nil {
			fmt.Fprintln(os.Stderr, "the shared demo:", err)
			exit = max(exit, 1)
		}
		os.RemoveAll(common.demo.base)
	}
	if err := endFaults(); err != nil {
		fmt.Fprintln(os.Stderr, "the cluster that clients were hurt on:", err)
		exit = max(exit, 1)
	}
	if testing.Verbose() {
		fmt.Print(faults.String())
	}
	return exit
}

// needs skips a test where a tool is missing, or fails it where nothing may be.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err == nil {
			continue
		}
		untested(t, tool+" is not installed")
	}
}

// untested skips a test aloud, or fails it where everything must be tested.
func untested(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("MONIKER_CI") == "1" {
		t.Fatal(why)
	}
	t.Skip("NOT TESTED: " + why)
}

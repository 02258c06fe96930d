package ports

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

const child = "PORTS_OF_A_CHILD"

func TestMain(m *testing.M) {
	if begin := os.Getenv(child); begin != "" {
		n, _ := strconv.Atoi(begin)
		at, _, _ := from(n)
		os.Stdout.WriteString(strconv.Itoa(at))
		return
	}
	os.Exit(m.Run())
}

func TestRowsLieApart(t *testing.T) {
	used := map[int]bool{}
	for n := range rows {
		for i := range Row {
			for _, port := range []int{first(n) + i, first(n) + Offset + i} {
				if port < low || port >= high || used[port] {
					t.Fatalf("row %d has port %d", n, port)
				}
				used[port] = true
			}
		}
	}
}

func TestWhatIsTakenIsFreeAndTakenOnce(t *testing.T) {
	const begin = rows - 1
	at, release, err := from(begin)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, port := range []int{at, at + Row - 1, at + Offset, at + Offset + Row - 1} {
		l, err := net.Listen("tcp", on(port))
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
	again, release, err := from(begin)
	if err != nil || again == at {
		t.Errorf("%d was taken twice: %v", again, err)
	}
	release()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), child+"="+strconv.Itoa(begin))
	out, err := c.Output()
	if got, _ := strconv.Atoi(string(out)); err != nil || got == 0 || got == at {
		t.Errorf("another process took %q after %d: %v", out, at, err)
	}
}

func TestARowInWhichSomebodyListensIsNotTaken(t *testing.T) {
	for _, above := range []int{0, Offset} {
		begin := Free(t)
		n := 0
		for first(n) != begin {
			n++
		}
		n = (n + 1) % rows
		l, err := net.Listen("tcp", on(first(n)+above+2))
		if err != nil {
			continue // a stranger's: it is taken all the same
		}
		got, release, err := from(n)
		if err != nil || got == first(n) {
			t.Errorf("%d was taken, where somebody listens %d above: %v", got, above+2, err)
		}
		release()
		l.Close()
	}
}

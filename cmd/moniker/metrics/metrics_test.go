package metrics

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exporter serves two metrics until the test ends.
func exporter(t *testing.T) (addr string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := New()
	e.Add(func() []Metric {
		return []Metric{
			{Name: "moniker_lines_total", Help: "lines said", Kind: Counter, Value: 7},
			{Name: "moniker_people", Help: "people who are here", Kind: Gauge, Value: 3},
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Serve(ctx, l) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
		done <- nil
	}
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

func ask(t *testing.T, method, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := (&http.Client{Timeout: 10 * time.Second}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(body)
}

func TestWhatIsCountedIsShown(t *testing.T) {
	addr, _ := exporter(t)
	status, text := ask(t, "GET", "http://"+addr+"/metrics")
	for _, line := range []string{
		"# HELP moniker_lines_total lines said\n# TYPE moniker_lines_total counter\nmoniker_lines_total 7\n",
		"# TYPE moniker_people gauge\nmoniker_people 3\n",
		"\ngo_goroutines ", "\nprocess_open_fds ",
	} {
		if status != 200 || !strings.Contains(text, line) {
			t.Errorf("%d, no %q in\n%s", status, line, text)
		}
	}
}

func TestThereIsNothingElse(t *testing.T) {
	addr, _ := exporter(t)
	for _, path := range []string{"/", "/metrics/", "/debug/pprof/", "/metricsx", "//metrics"} {
		if status, _ := ask(t, "GET", "http://"+addr+path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := ask(t, "POST", "http://"+addr+path); status != 405 {
		t.Errorf("POST: %d", status)
	}
	long, err := http.Get("http://" + addr + path + "?" + strings.Repeat("x", 4*headBytes))
	if err == nil { // or it was hung up on before it could say all that
		long.Body.Close()
		if long.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("a long request: %d", long.StatusCode)
		}
	}
}

func TestScrapersAreBounded(t *testing.T) {
	addr, stop := exporter(t)
	var silent []net.Conn
	for range most + 1 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	last := silent[most] // accepted in order: all slots are taken
	last.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := last.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("one too many got %d bytes, %v", n, err)
	}
	stop() // and hangs on nobody
}

func TestASlotIsGivenBackOnce(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	slots := make(chan struct{}, 2)
	f := &few{Listener: &queue{here}, slots: slots}
	c, err := f.Accept()
	if err != nil {
		t.Fatal(err)
	}
	slots <- struct{}{}
	c.Close()
	c.Close()
	if len(slots) != 1 {
		t.Errorf("%d slots are taken, want 1", len(slots))
	}
}

// queue is a listener that has one connection.
type queue struct{ conn net.Conn }

func (q *queue) Accept() (net.Conn, error) { return q.conn, nil }
func (q *queue) Close() error              { return nil }
func (q *queue) Addr() net.Addr            { return nil }

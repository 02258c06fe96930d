// Package metrics shows what a node has counted to whoever scrapes it: /metrics
// over HTTP, in Prometheus' text form, and nothing else. It is for a port of its
// own: who reaches the port may read it, and there is nothing to change.
//
// Few connections are answered at a time and none for long, so that whoever asks
// too often costs the node nothing. It does not know what is counted.
package metrics

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	path       = "/metrics"
	most       = 8                // connections at a time; who comes when there are as many is let go
	headBytes  = 8 << 10          // of a request
	headWithin = 5 * time.Second  // a request must have come
	sendWithin = 10 * time.Second // an answer must have gone
)

// Kind is what a value does over time.
type Kind byte

// Kinds.
const (
	Counter Kind = iota + 1 // only rises while the process lives
	Gauge                   // as it is now
)

// Metric is one value under its name.
type Metric struct {
	Name  string // "moniker_posts_total"
	Help  string
	Kind  Kind
	Value int64
}

// Source returns metrics as they are now: always the same ones, in about no time.
type Source func() []Metric

// Exporter serves metrics. Sources are added before Serve is called.
type Exporter struct {
	registry *prometheus.Registry
}

// New returns an exporter of what the Go runtime and the system say of the process.
func New() *Exporter {
	e := &Exporter{prometheus.NewRegistry()}
	e.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return e
}

// Add adds a source. Names that are there already are a bug.
func (e *Exporter) Add(s Source) { e.registry.MustRegister(source{s}) }

// source is a Source as prometheus wants to see it.
type source struct{ read Source }

func (s source) Describe(to chan<- *prometheus.Desc) {
	for _, m := range s.read() {
		to <- m.desc()
	}
}

func (s source) Collect(to chan<- prometheus.Metric) {
	for _, m := range s.read() {
		kind := prometheus.CounterValue
		if m.Kind == Gauge {
			kind = prometheus.GaugeValue
		}
		to <- prometheus.MustNewConstMetric(m.desc(), kind, float64(m.Value))
	}
}

func (m Metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, nil, nil) }

// Serve answers on l until ctx ends or l breaks, and returns after all its
// goroutines have. It closes l.
func (e *Exporter) Serve(ctx context.Context, l net.Listener) error {
	answer := promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != path:
				http.NotFound(w, r)
			case r.Method != http.MethodGet && r.Method != http.MethodHead:
				w.Header().Set("Allow", "GET, HEAD")
				http.Error(w, "only to be read", http.StatusMethodNotAllowed)
			default:
				answer.ServeHTTP(w, r)
			}
		}),
		ReadTimeout: headWithin, WriteTimeout: sendWithin, MaxHeaderBytes: headBytes,
	}
	server.SetKeepAlivesEnabled(false) // an idle connection would keep others out
	var all sync.WaitGroup
	defer all.Wait()
	stop := make(chan struct{})
	defer close(stop)
	all.Go(func() {
		select {
		case <-ctx.Done():
		case <-stop:
		}
		server.Close()
	})
	err := server.Serve(&few{Listener: l, slots: make(chan struct{}, most)})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// few is a listener that lets go who comes when all slots are taken.
type few struct {
	net.Listener
	slots chan struct{}
}

// Accept returns the next connection that there is a slot for.
func (f *few) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case f.slots <- struct{}{}:
			return &one{Conn: conn, free: sync.OnceFunc(func() { <-f.slots })}, nil
		default:
			conn.Close()
		}
	}
}

// one is a connection that gives its slot back.
type one struct {
	net.Conn
	free func()
}

// Close closes the connection.
func (o *one) Close() error {
	o.free()
	return o.Conn.Close()
}

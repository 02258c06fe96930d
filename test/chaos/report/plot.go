package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"time"

	"moniker/test/chaos/record"
)

// Measures of the picture, in pixels.
const (
	wide  = 1120
	left  = 108 // for names
	right = 14
	row   = 17 // of a fault
	tall  = 110
	foot  = 22 // for the time
)

// picture is an SVG being drawn from the top down.
type picture struct {
	strings.Builder
	span  time.Duration
	y     float64
	nodes []string
}

// plot is faults, leaders and how it went, above each other on one axis of time.
func plot(run *record.Run) string {
	p := &picture{span: max(run.Took, time.Second), y: 8, nodes: nodesOf(run)}
	if n := len(run.Samples); n > 0 {
		p.span = max(run.Samples[n-1].At, last(run.Faults)) + time.Second
	}
	top := p.y
	p.leaders(run.Samples)
	p.faults(run.Faults)
	p.series("posts a second", run.Samples, []line{
		{"accepted", "ok", func(s record.Sample) float64 { return float64(s.Accepted) }},
		{"failed", "bad", func(s record.Sample) float64 { return float64(s.Failed) }},
	}, false, func(v float64) string { return fmt.Sprintf("%.0f", v) })
	p.series("slowest post", run.Samples, []line{
		{"", "lat", func(s record.Sample) float64 { return float64(s.Latency.Microseconds()) / 1000 }},
	}, true, func(v float64) string { return time.Duration(v * float64(time.Millisecond)).String() })
	p.series("memory", run.Samples, p.perNode(func(s record.Sample, n string) float64 { return float64(s.RSS[n]) / (1 << 20) }), false,
		func(v float64) string { return fmt.Sprintf("%.0f MiB", v) })
	p.series("goroutines", run.Samples, p.perNode(func(s record.Sample, n string) float64 { return float64(s.Goroutines[n]) }), false,
		func(v float64) string { return fmt.Sprintf("%.0f", v) })
	below := &picture{span: p.span, y: p.y}
	below.axis(top)
	return fmt.Sprintf(`<svg viewBox="0 0 %d %.0f" role="img" aria-label="faults, leaders, posts and memory over time">%s%s</svg>`,
		wide, p.y+foot, below.String(), p.String())
}

func last(faults []record.Fault) (at time.Duration) {
	for _, f := range faults {
		at = max(at, f.To)
	}
	return at
}

func (p *picture) add(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *picture) x(at time.Duration) float64 {
	return left + (wide-left-right)*min(at.Seconds()/p.span.Seconds(), 1)
}

func (p *picture) name(y float64, text string) {
	p.add(`<text class="name" x="%d" y="%.1f">%s</text>`, left-8, y, html.EscapeString(text))
}

// color is a node's, the same everywhere.
func (p *picture) color(node string) string { return fmt.Sprintf("c%d", slices.Index(p.nodes, node)%8) }

// leaders is a strip that says who led.
func (p *picture) leaders(samples []record.Sample) {
	p.name(p.y+11, "leader")
	for i, s := range samples {
		from := time.Duration(0)
		if i > 0 {
			from = samples[i-1].At
		}
		class, who := "none", "nobody"
		if s.Leader != "" {
			class, who = p.color(s.Leader), s.Leader
		}
		p.add(`<rect class="%s" x="%.1f" y="%.1f" width="%.2f" height="14"><title>%.0f s: %s</title></rect>`,
			class, p.x(from), p.y, p.x(s.At)-p.x(from)+0.3, s.At.Seconds(), html.EscapeString(who))
	}
	at := float64(left)
	p.y += 28
	for _, n := range p.nodes {
		p.add(`<rect class="%s" x="%.1f" y="%.1f" width="9" height="9"/><text class="key" x="%.1f" y="%.1f">%s</text>`,
			p.color(n), at, p.y-8, at+13, p.y, html.EscapeString(n))
		at += 52
	}
	p.y += 12
}

// faults are bars, each family on rows of its own.
func (p *picture) faults(faults []record.Fault) {
	families := map[string][]record.Fault{}
	for _, f := range faults {
		name, _, _ := strings.Cut(f.Kind, "-")
		families[name] = append(families[name], f)
	}
	var order []string
	for name := range families {
		order = append(order, name)
	}
	slices.Sort(order)
	for _, name := range order {
		p.name(p.y+12, name)
		var rows []time.Duration // when each is free
		for _, f := range families[name] {
			at := slices.IndexFunc(rows, func(free time.Duration) bool { return free <= f.From })
			if at < 0 {
				at = len(rows)
				rows = append(rows, 0)
			}
			rows[at] = f.To
			x, width, y := p.x(f.From), max(p.x(f.To)-p.x(f.From), 2), p.y+float64(at*row)
			_, short, _ := strings.Cut(f.Kind, "-")
			p.add(`<g><title>%s, %.1f s to %.1f s: %s</title><rect class="fault" x="%.1f" y="%.1f" width="%.1f" height="%d" rx="2"/>`,
				html.EscapeString(f.Kind), f.From.Seconds(), f.To.Seconds(), html.EscapeString(f.What), x, y, width, row-3)
			const letter = 5.6
			if label := strings.TrimSpace(short + " " + strings.Join(f.Node, " ")); float64(len(label))*letter < width {
				p.add(`<text class="in" x="%.1f" y="%.1f">%s</text>`, x+3, y+11, html.EscapeString(label))
			} else if float64(len(short))*letter < width {
				p.add(`<text class="in" x="%.1f" y="%.1f">%s</text>`, x+3, y+11, html.EscapeString(short))
			}
			p.add(`</g>`)
		}
		p.y += float64(len(rows)*row) + 4
	}
	p.y += 6
}

// line is one of a plot's.
type line struct {
	name, class string
	of          func(record.Sample) float64
}

func (p *picture) perNode(of func(record.Sample, string) float64) []line {
	var lines []line
	for _, n := range p.nodes {
		lines = append(lines, line{"", "l" + p.color(n), func(s record.Sample) float64 { return of(s, n) }})
	}
	return lines
}

// series is a plot of lines. On a logarithmic one, what is 0 is not there.
func (p *picture) series(name string, samples []record.Sample, lines []line, logarithmic bool, say func(float64) string) {
	top := 0.0
	for _, s := range samples {
		for _, l := range lines {
			top = max(top, l.of(s))
		}
	}
	if top == 0 {
		return
	}
	scale := func(v float64) float64 { return v / top }
	if logarithmic {
		const low = 1
		top = math.Pow(10, math.Ceil(math.Log10(max(top, 10*low))))
		scale = func(v float64) float64 { return math.Log10(max(v, low)/low) / math.Log10(top/low) }
	}
	p.name(p.y+12, name)
	p.add(`<rect class="frame" x="%d" y="%.1f" width="%d" height="%d"/>`, left, p.y, wide-left-right, tall)
	p.add(`<text class="tick" x="%d" y="%.1f">%s</text>`, left-8, p.y+26, html.EscapeString(say(top)))
	if logarithmic {
		p.add(`<text class="tick" x="%d" y="%.1f">%s</text>`, left-8, p.y+tall, html.EscapeString(say(1)))
	}
	for _, l := range lines {
		p.trace(samples, l, func(v float64) float64 { return p.y + tall*(1-scale(v)) })
	}
	at := left + 6.0
	for _, l := range lines {
		if l.name != "" {
			p.add(`<text class="key t%s" x="%.1f" y="%.1f">%s</text>`, l.class, at, p.y+12, html.EscapeString(l.name))
			at += 70
		}
	}
	p.y += tall + 10
}

// trace draws a line; where a value is 0, it is no value, but for what is counted.
func (p *picture) trace(samples []record.Sample, l line, y func(float64) float64) {
	counted := l.class == "ok" || l.class == "bad"
	var path strings.Builder
	pen := "M"
	for _, s := range samples {
		v := l.of(s)
		if v == 0 && !counted {
			pen = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f ", pen, p.x(s.At), y(v))
		pen = "L"
	}
	p.add(`<path class="%s" d="%s"/>`, l.class, path.String())
}

// axis is the time, below everything, with lines behind it all.
func (p *picture) axis(top float64) {
	step := time.Second
	for _, s := range []time.Duration{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200} {
		if step = s * time.Second; p.span/step <= 14 {
			break
		}
	}
	for at := time.Duration(0); at <= p.span; at += step {
		p.add(`<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, p.x(at), p.x(at), top, p.y)
		p.add(`<text class="time" x="%.1f" y="%.1f">%s</text>`, p.x(at), p.y+13, clock(at))
	}
}

func clock(at time.Duration) string {
	if at < 2*time.Minute {
		return fmt.Sprintf("%.0f s", at.Seconds())
	}
	return fmt.Sprintf("%d:%02d", int(at.Minutes()), int(at.Seconds())%60)
}

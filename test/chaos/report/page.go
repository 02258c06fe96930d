package report

// form is the page. It needs nothing from elsewhere.
const form = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Verdict}}: chaos, seed {{.Run.Seed}}</title>
<style>
:root { --ink: #1d2430; --soft: #667085; --line: #d9dee7; --paper: #fff; --ok: #1a7f4b; --bad: #c4302b; --warn: #9a6700; --bar: #7c879b; --lat: #5b4bc4 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --soft: #98a2b3; --line: #333b48; --paper: #12161d; --ok: #4cc38a; --bad: #ff6b64; --warn: #e2b340; --bar: #55617a; --lat: #a79bff } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1120px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem }
.held h1 { color: var(--ok) } .broken h1 { color: var(--bad) } .invalid h1 { color: var(--warn) }
p { margin: .3rem 0 } .soft, small { color: var(--soft) }
code, pre { font: 13px/1.4 ui-monospace, monospace } pre { white-space: pre-wrap; overflow-wrap: anywhere; border-left: 3px solid var(--line); padding-left: .8rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .28rem .9rem .28rem 0; border-top: 1px solid var(--line) }
th { font-weight: 600; white-space: nowrap } td.n { white-space: nowrap; font-variant-numeric: tabular-nums }
.yes { color: var(--ok) } .no { color: var(--bad); font-weight: 600 }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .8rem 0 } dl div { display: flex; flex-direction: column-reverse } dt { color: var(--soft); font-size: 12px } dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto; display: block } svg text { font: 11px system-ui, sans-serif; fill: var(--ink) }
svg .name { text-anchor: end; fill: var(--soft) } svg .tick { text-anchor: end; fill: var(--soft); font-size: 10px } svg .time { text-anchor: middle; fill: var(--soft) } svg .in { fill: #fff; font-size: 10px }
svg .frame { fill: none; stroke: var(--line) } svg .grid { stroke: var(--line); stroke-width: .5 } svg .fault { fill: var(--bar) } svg .none { fill: var(--bad) }
svg path { fill: none; stroke-width: 1.4 } svg .ok { stroke: var(--ok) } svg .bad { stroke: var(--bad) } svg .lat { stroke: var(--lat) } svg .tok { fill: var(--ok) } svg .tbad { fill: var(--bad) }
.c0 { fill: #3b7dd8 } .c1 { fill: #d98a29 } .c2 { fill: #2f9e8f } .c3 { fill: #a457b8 } .c4 { fill: #8a8f2b } .c5 { fill: #c2557d } .c6 { fill: #5f6fce } .c7 { fill: #8d6e53 }
.lc0 { stroke: #3b7dd8 } .lc1 { stroke: #d98a29 } .lc2 { stroke: #2f9e8f } .lc3 { stroke: #a457b8 } .lc4 { stroke: #8a8f2b } .lc5 { stroke: #c2557d } .lc6 { stroke: #5f6fce } .lc7 { stroke: #8d6e53 }
</style>
<body class="{{.Class}}">
<h1>{{.Verdict}}</h1>
{{with .Page.Invalid}}<p>{{.}}</p>{{end}}
<p class="soft">{{.Run.Began.UTC.Format "2006-01-02 15:04 UTC"}}, seed {{.Run.Seed}}; {{.Run.Where}}</p>
<p><code>{{.Run.Command}}</code></p>
<dl>{{range .Facts}}<div><dt>{{.Name}}</dt><dd>{{.Value}}</dd></div>{{end}}</dl>

<h2>The laws</h2>
<table>
{{range .Page.Findings}}<tr><td class="{{if .Held}}yes{{else if .Undecided}}soft{{else}}no{{end}}">{{if .Held}}held{{else if .Undecided}}undecided{{else}}BROKEN{{end}}</td><th>{{.Law}}</th><td>{{.What}}{{if .Numbers}}<br><small>{{.Numbers}}</small>{{end}}{{if .Picture}}<br><a href="{{.Picture}}">picture</a>{{end}}</td></tr>
{{end}}</table>

<h2>What happened</h2>
{{.Plot}}
{{if .Run.End.Logs}}
<h2>What no log may have</h2>
{{range .Run.End.Logs}}<pre>{{.}}</pre>
{{end}}{{end}}
<h2>Faults</h2>
<table>
{{range .Run.Faults}}<tr><td class="n">{{seconds .From}} – {{seconds .To}} s</td><th>{{.Kind}}</th><td>{{.What}}</td></tr>
{{end}}</table>
{{if .Run.Cannot}}
<h2>Not tested on this machine</h2>
<table>
{{range .Run.Cannot}}<tr><td>{{.}}</td></tr>
{{end}}</table>
{{end}}
<h2>To read on</h2>
<p><a href="run.json">run.json</a>{{range .Page.Logs}}, <a href="{{.}}">{{.}}</a>{{end}}</p>
</body>
</html>
`

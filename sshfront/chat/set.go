package chat

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/profile"
	"moniker/sshfront/render"
)

const (
	usual = "-" // typed for a value: as it usually is

	setColumn  = 10 // cells before a value
	setMeaning = 21 // and before what it means
	setShown   = 40 // cells of a value in the list
)

func setCommand() Command {
	return Command{
		Name: "set", Topic: You, Usage: "[NAME [VALUE]]",
		Help: "how your terminals show things, and what /whois tells of you: on every node, now and whenever you come. " +
			"Alone, all that can be set and how it is; - as VALUE is as it usually is",
		Run:      set,
		Complete: completeSet,
	}
}

func set(c Call) Outcome {
	typed, value := cutWord(c.Args)
	if typed == "" {
		return answer(listSet(c))
	}
	d, ok := settable(typed)
	switch {
	case !ok:
		return refuse("/set knows no " + shorten(typed) + ", but " + among(setNames(), "and") + ".")
	case value == "":
		return answer(explainSet(c, d))
	}
	v, why := wanted(d, value)
	if why != "" {
		return refuse(why)
	}
	return Outcome{
		Propose: func(s id.Session, token id.Token) fsm.Command {
			return fsm.SetOwn{Session: s, Token: token, Name: d.Name, Value: v}
		},
		Done: func() string { return strings.TrimSpace(tellSet(c, d)) },
	}
}

// settable finds a value by what people call it.
func settable(typed string) (profile.Definition, bool) {
	name := strings.ToLower(typed)
	switch name {
	case "tz", "timezone":
		name = string(profile.Zone)
	case "color", "colors", "colours":
		name = string(profile.Colour)
	case "timestamps", "time":
		name = string(profile.Clock)
	}
	return profile.Define(profile.Name(name))
}

func setNames() (names []string) {
	for _, d := range profile.Definitions() {
		names = append(names, string(d.Name))
	}
	return names
}

// words are what a value may be, if that is no text.
func words(d profile.Definition) []string {
	if d.Name == profile.Theme {
		return render.Themes()
	}
	return d.Words
}

// wanted makes of what somebody typed the value to propose, or says why it is none.
func wanted(d profile.Definition, typed string) (value, why string) {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == usual {
		return "", ""
	}
	if list := words(d); len(list) > 0 {
		value = strings.ToLower(typed)
		if !slices.Contains(list, value) {
			return "", string(d.Name) + " is " + among(list, "or") + ", not " + shorten(typed) + "."
		}
		return value, ""
	}
	if d.Name == profile.Zone {
		zone, ok := Zone(typed)
		if !ok || !d.Allows(zone) {
			return "", shorten(typed) + " is no time zone that is known here. They are named like Europe/Berlin; Tab completes them."
		}
		return zone, ""
	}
	if !d.Fits(typed) {
		return "", plural(utf8.RuneCountInString(typed), "character") + "; " + string(d.Name) + " holds " + count(int(d.Most)) + "."
	}
	return typed, ""
}

// listSet is all that can be set, and how it is.
func listSet(c Call) string {
	var rows []string
	for _, d := range profile.Definitions() {
		rows = append(rows, tellSet(c, d))
	}
	return strings.Join(rows, "\n") + "\n" + flow(c.Width, 0, "", render.Words("/set bell tells what bell may be, /set bell off changes it."), " ")
}

// tellSet is one row of the list.
func tellSet(c Call, d profile.Definition) string {
	value := own(c, d)
	meaning := means(c, d, value)
	if value == "" {
		value = usual
	}
	if displaywidth.String(value) > setShown {
		value = displaywidth.TruncateString(value, setShown, "...")
	}
	return setRow(c, string(d.Name), value, meaning)
}

// setRow lays a value out, and what it means, as the terminal has room.
func setRow(c Call, name, value, meaning string) string {
	head := pad(name, setColumn) + pad(value, setMeaning-setColumn)
	if c.Width > 0 && c.Width < narrow {
		return strings.TrimRight(head, " ") + "\n" + flow(c.Width, 2, "  ", render.Words(meaning), " ")
	}
	return flow(c.Width, setMeaning, head, render.Words(meaning), " ")
}

// explainSet is what one value is, and what else it may be.
func explainSet(c Call, d profile.Definition) string {
	text := tellSet(c, d) + "\n"
	switch list := words(d); {
	case len(list) > 0:
		for _, w := range list {
			if w != own(c, d) {
				text += setRow(c, "", w, means(c, d, w)) + "\n"
			}
		}
		return strings.TrimRight(text, "\n")
	case d.Name == profile.Zone:
		return text + flow(c.Width, 0, "", render.Words("/set zone Europe/Berlin, or berlin; Tab completes them. /set zone - forgets it."), " ")
	}
	name := string(d.Name)
	return text + flow(c.Width, 0, "", render.Words("/set "+name+" TEXT, "+count(int(d.Most))+" characters at most. /set "+name+" - takes it away."), " ")
}

// pad fills a cell of the list up; a longer one pushes what follows.
func pad(s string, cells int) string {
	return s + strings.Repeat(" ", max(cells-displaywidth.String(s), 2))
}

// own is a value of the asker's, or the usual one.
func own(c Call, d profile.Definition) (value string) {
	c.View(func(st *fsm.State) { value = st.Profiles().Of(c.Who).Get(d.Name) })
	return value
}

// means says what a value does.
func means(c Call, d profile.Definition, value string) string {
	switch string(d.Name) + " " + value {
	case "bell on":
		return "every line of others rings, once a second at most"
	case "bell mentions":
		return "your name rings, and what is said to you alone"
	case "bell off":
		return "nothing rings"
	case "joins on":
		return "you are told who comes and goes"
	case "joins off":
		return "nobody's coming and going is told"
	case "clock on":
		return "the time stands before each line"
	case "clock seconds":
		return "the time stands before each line, with its seconds"
	case "clock off":
		return "no time stands before a line"
	case "zone ":
		return "times are as your terminal's TZ says, or UTC"
	case "colour on":
		return "names have colours, if your terminal has"
	case "colour off":
		return "nothing has colours"
	case "theme auto":
		return "colours that can be read on your terminal's ground, as far as it tells"
	case "theme light":
		return "colours for a light ground"
	case "theme dark":
		return "colours for a dark ground"
	case "theme mono":
		return "bold and dim, and no colours"
	case "markdown on":
		return "*emphasis*, `code`, quotes and lists are drawn"
	case "markdown off":
		return "what people write stands as they typed it"
	case "emoji on":
		return ":tada: is drawn as what it names"
	case "emoji off":
		return ":tada: stands as it was typed"
	case "pronouns ", "bio ":
		return "/whois tells nothing of it"
	}
	if d.Name == profile.Zone {
		return "it is " + timeIn(c, value) + " there"
	}
	return "/whois tells it to whoever asks"
}

// timeIn is what clocks show in a zone now.
func timeIn(c Call, zone string) string {
	var now id.Wall
	c.View(func(st *fsm.State) { now = st.Clock() })
	z, err := time.LoadLocation(zone)
	if err != nil {
		return "a time that is not known here"
	}
	return time.UnixMicro(int64(now)).In(z).Format("15:04")
}

// completeSet completes names, then what they may be; a zone also by its place alone.
func completeSet(_ Call, before, word string) []string {
	prefix := strings.ToLower(word)
	begins := func(list []string) (out []string) {
		for _, w := range list {
			if strings.HasPrefix(strings.ToLower(w), prefix) {
				out = append(out, w)
			}
		}
		return out
	}
	if before == "" {
		return begins(setNames())
	}
	d, ok := settable(before)
	switch {
	case !ok:
		return nil
	case d.Name != profile.Zone:
		return begins(words(d))
	case prefix == "":
		return nil
	}
	out := begins(zones())
	for _, z := range zones() {
		if place := z[strings.LastIndexByte(z, '/')+1:]; strings.HasPrefix(strings.ToLower(place), prefix) && !slices.Contains(out, z) {
			out = append(out, z)
		}
	}
	return out
}

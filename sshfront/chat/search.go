package chat

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"moniker/fsm"
	"moniker/fsm/history"
	"moniker/fsm/profile"
	"moniker/fsm/room"
)

const (
	searchMost  = 50  // messages found at a time
	searchWords = 8   // that are looked for
	searchRunes = 100 // of them all
)

func searchCommand() Command {
	c := Command{
		Name: "search", Topic: Find, Usage: "[all] WORDS",
		Help: "the last 50 messages of this room, or of this conversation, in which all WORDS stand: in whatever order and case, and inside of longer words. " +
			"/search all WORDS looks in every place that you read",
		Complete: completeSearch,
	}
	c.Run = func(call Call) Outcome {
		words := strings.Fields(strings.ToLower(call.Args))
		everywhere := len(words) > 1 && words[0] == "all"
		if everywhere {
			words = words[1:]
		}
		switch n := utf8.RuneCountInString(strings.Join(words, "")); {
		case len(words) == 0:
			return usage(call, c)
		case len(words) > searchWords:
			return refuse(plural(len(words), "word") + "; /search takes " + count(searchWords) + ".")
		case n > searchRunes:
			return refuse(plural(n, "character") + "; /search takes " + count(searchRunes) + ".")
		}
		return lookFor(call, words, everywhere)
	}
	return c
}

// completeSearch completes all, and what else may be said.
func completeSearch(c Call, before, word string) []string {
	said := mentions(c, word)
	if before == "" && word != "" && strings.HasPrefix("all", strings.ToLower(word)) {
		return append([]string{"all"}, said...)
	}
	return said
}

func lookFor(c Call, words []string, everywhere bool) Outcome {
	found := having(c, words, everywhere)
	shown := newest(found[max(0, len(found)-searchMost):])
	switch {
	case len(found) == 0 && everywhere:
		return answer("Nothing that is kept where you read has " + those(words) + ".")
	case len(found) == 0:
		return answer("Nothing that is kept in " + c.title() + " has " + those(words) + ". /search all WORDS looks in every place that you read.")
	case len(shown) < len(found):
		return Outcome{Shown: shown, Bold: words, Answer: "The last " + count(len(shown)) + "; there are more. Another word narrows it."}
	}
	return Outcome{Shown: shown, Bold: words}
}

// those is what a search is for, in a sentence.
func those(words []string) string {
	if len(words) == 1 {
		return "that word"
	}
	return "all those words"
}

// shelf is what is kept of a place.
type shelf struct {
	place string
	said  []history.Message
}

// having finds, of every place the newest first, what has all words and is not ignored: of a
// place one more than is shown at most. It is in the order in which it was said. Under
// the lock it only takes what is kept: that never changes.
func having(c Call, words []string, everywhere bool) []Said {
	var shelves []shelf
	var mine profile.Row
	c.View(func(st *fsm.State) {
		mine = st.Profiles().Of(c.Who)
		for _, place := range searched(st, c, everywhere) {
			shelves = append(shelves, shelf{place, st.History().Last(place, math.MaxInt)})
		}
	})
	var found []Said
	for _, s := range shelves {
		for i, n := len(s.said)-1, 0; i >= 0 && n <= searchMost; i-- {
			m := s.said[i]
			if !mine.Ignoring(m.From) && hasAll(m.Text, words) {
				found = append(found, Said{s.place, m})
				n++
			}
		}
	}
	slices.SortFunc(found, func(a, b Said) int { return a.ID.Compare(b.ID) })
	return found
}

// searched is where somebody looks: where they are, or in their rooms and conversations.
func searched(st *fsm.State, c Call, everywhere bool) []string {
	if !everywhere {
		return []string{c.Place}
	}
	places := slices.Clone(st.Rooms().Of(c.Who))
	for _, place := range st.Rooms().Reads(c.Who) {
		if _, _, two := room.Partners(place); two {
			places = append(places, place)
		}
	}
	return places
}

// hasAll reports whether words, in small letters, stand in a text. It costs no more than
// the text is long, whatever both are.
func hasAll(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

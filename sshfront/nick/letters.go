package nick

import (
	"strings"
	"unicode"
)

// allowed reports whether r may be in a name at all. Where marks and signs may
// stand is for follows to say.
func allowed(r rune) bool {
	switch {
	case r <= unicode.MaxASCII:
		return separator(r) || unicode.IsLetter(r) || unicode.IsDigit(r)
	case sign(r):
		return true
	case unicode.Is(unicode.Nd, r):
		return script(r) != nil
	case unicode.Is(unicode.M, r):
		inherits := unicode.Is(unicode.Inherited, r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
		return (inherits || script(r) != nil) && !notation(r)
	}
	return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Lo) && script(r) != nil && !notation(r)
}

func separator(r rune) bool { return r == '-' || r == '_' || r == '.' }

// script is the script of r, if it is one of those that UAX 31 (table 5) recommends;
// others hold letters that look like a line's marks: Coptic ⲻⲻ, Lisu ꓺ.
func script(r rune) *unicode.RangeTable {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z': // by far the most common
		return unicode.Latin
	case r == '〆': // a letter of Japanese, in no script of its own
		return unicode.Han
	}
	for _, t := range [...]*unicode.RangeTable{
		unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Arabic, unicode.Hebrew, unicode.Devanagari, unicode.Thai, unicode.Armenian, unicode.Bengali,
		unicode.Bopomofo, unicode.Ethiopic, unicode.Georgian, unicode.Gujarati, unicode.Gurmukhi, unicode.Kannada,
		unicode.Khmer, unicode.Lao, unicode.Malayalam, unicode.Myanmar, unicode.Oriya, unicode.Sinhala, unicode.Tamil,
		unicode.Telugu, unicode.Thaana, unicode.Tibetan,
	} {
		if unicode.Is(t, r) {
			return t
		}
	}
	return nil
}

// notation reports whether r is of a recommended script and yet writes nobody's name:
// letters of phonetics and of manuscripts, of which many look like punctuation, and
// marks for reading scripture aloud, which are easily overlooked.
func notation(r rune) bool {
	return within(r,
		0x01C0, 0x01C3, // ǀ ǁ ǂ ǃ
		0x0241, 0x0242, // Ɂ ɂ
		0x025A, 0x025A, 0x025D, 0x025D, 0x0294, 0x02AF, // ɚ ɝ ʔ ʕ ʘ
		0x0591, 0x05AF, 0x05BD, 0x05BD, 0x05C4, 0x05C5, // Hebrew accents
		0x0610, 0x061A, 0x06D6, 0x06ED, 0x0898, 0x089F, 0x08CA, 0x08FF, // of the Quran
		0x097D, 0x097D, // ॽ
		0x1C80, 0x1C8F, // Cyrillic of missals
		0x1D00, 0x1DBF, // phonetic extensions
		0x2132, 0x2132, 0x214E, 0x214E, 0x2183, 0x2184, // Ⅎ ⅎ Ↄ ↄ
		0xA640, 0xA69F, // Cyrillic of manuscripts
		0xA720, 0xA7FF, // Latin of manuscripts: ꞌ ꞏ ꟷ
		0xA8E0, 0xA8FF, // of the Vedas
		0xAB30, 0xAB6F, // dialects
		0xFB1E, 0xFB1E, // a Hebrew accent
		0x10EFD, 0x10EFF, 0x1AFF0, 0x1B16F, 0x1DF00, 0x1DFFF) // more of the same
}

// sign reports whether r stands only behind a letter, which it repeats or lengthens,
// or whose vowel it is. Of the modifier letters only these are of everyday writing: ː
// and ʼ would be punctuation, as ะ would be behind letters of others.
func sign(r rune) bool { return strings.ContainsRune("々ーゝゞヽヾๆໆៗꩰะະ", r) }

// follows reports whether a mark or a sign may stand behind a letter of this
// script, which is nil behind what is no letter.
func follows(r rune, of *unicode.RangeTable) bool {
	switch of {
	case nil:
		return false
	case unicode.Latin, unicode.Greek, unicode.Cyrillic: // composed already, where they can be: ἑ, ῶ, ᾳ
		return accent(r)
	case unicode.Arabic:
		return unicode.Is(of, r) || within(r, 0x064B, 0x0655, 0x0670, 0x0670) // vowels
	case unicode.Hiragana, unicode.Katakana:
		return unicode.Is(of, r) || strings.ContainsRune("ーゝゞヽヾ\u3099\u309A", r)
	case unicode.Han:
		return unicode.Is(of, r) || strings.ContainsRune("ーゝゞヽヾ", r)
	}
	return unicode.Is(of, r)
}

// accent reports whether r is one that languages put on Latin, Greek and Cyrillic
// letters: above or below them, neither through them nor as a line under several.
func accent(r rune) bool {
	return within(r, 0x0300, 0x0304, 0x0306, 0x030D, 0x030F, 0x030F, 0x0311, 0x0311, 0x031B, 0x031B,
		0x0323, 0x0329, 0x032D, 0x032E, 0x0330, 0x0331, 0x0358, 0x0358)
}

// spellOut writes the vowels ำ and ຳ as the two characters that they are: PRECIS has
// them only so, and many Thai and Lao names have them.
func spellOut(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "ำ", "\u0E4Dา"), "ຳ", "\u0ECDາ")
}

// within reports whether r is in one of these ranges, each its first and its last.
func within(r rune, bounds ...rune) bool {
	for i := 0; i < len(bounds); i += 2 {
		if bounds[i] <= r && r <= bounds[i+1] {
			return true
		}
	}
	return false
}

// strokes reports whether there is nothing in s but lines and dots: 一一 would be
// moniker's own --, and ノ a slash.
func strokes(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !separator(r) && !sign(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("一丨丶丿乀乁乛亅ㄧノ٠۰", r)
	})
}

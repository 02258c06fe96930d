package sabotage

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"testing"
)

// What a saboteur swaps is still there, and what it puts there is Go. Whether a run
// notices takes a run: go run ./test/chaos -prove.
func TestEverySaboteurFitsTheProduct(t *testing.T) {
	for _, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			path, err := s.Overlay(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var overlay struct{ Replace map[string]string }
			if err := json.Unmarshal(data, &overlay); err != nil {
				t.Fatal(err)
			}
			for was, is := range overlay.Replace {
				if _, err := parser.ParseFile(token.NewFileSet(), is, nil, parser.SkipObjectResolution); err != nil {
					t.Errorf("%s: %v", was, err)
				}
			}
			if len(s.Laws) == 0 || s.For == 0 || len(overlay.Replace) == 0 {
				t.Error("it does nothing, or nobody has to notice")
			}
		})
	}
}

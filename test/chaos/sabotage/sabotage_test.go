package sabotage

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// What a saboteur swaps is still there, and with what it puts there it builds. Whether a run
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
			build := exec.Command("go", "build", "-overlay", path)
			for was := range overlay.Replace {
				build.Args = append(build.Args, filepath.Dir(was))
			}
			if said, err := build.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, said)
			}
			if len(s.Laws) == 0 || s.For == 0 || len(overlay.Replace) == 0 {
				t.Error("it does nothing, or nobody has to notice")
			}
		})
	}
}

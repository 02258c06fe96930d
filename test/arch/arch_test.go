package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// file is one parsed Go file of the repository.
type file struct {
	path string // from the repository's root, with slashes
	pkg  string // its folder
	test bool
	ast  *ast.File
	fset *token.FileSet
	text string
}

func (f file) line(p token.Pos) string { return fmt.Sprintf("%s:%d", f.path, f.fset.Position(p).Line) }

func (f file) imports() []string {
	var out []string
	for _, i := range f.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// repository parses every Go file, once a test.
func repository(t *testing.T) []file {
	t.Helper()
	root := "../.."
	var all []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		if d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || strings.HasPrefix(d.Name(), "moniker-demo")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, file{rel, filepath.ToSlash(filepath.Dir(rel)), strings.HasSuffix(p, "_test.go"), tree, fset, string(text)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d Go files: is this run from its own folder?", len(all))
	}
	return all
}

func under(pkg string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(r string) bool { return pkg == r || strings.HasPrefix(pkg, r+"/") })
}

// rooms says what each room of the house may import of the others. Imports run
// only downward; test/... may import anything and is imported by nothing, but for
// test/ports by other tests.
func rooms() map[string][]string {
	return map[string][]string{
		"fsm":       {"fsm"},
		"transport": {"transport"},
		"cluster":   {"cluster", "fsm", "transport"},
		"sshfront":  {"sshfront", "fsm"},
		"cmd":       {"cmd", "cluster", "sshfront", "transport", "fsm"},
		"test":      {"test", "cmd", "cluster", "sshfront", "transport", "fsm"},
	}
}

func TestImportsRunOnlyDownward(t *testing.T) {
	for _, f := range repository(t) {
		room, _, _ := strings.Cut(f.pkg, "/")
		allowed, known := rooms()[room]
		if !known {
			t.Errorf("%s: Go code belongs in cmd, fsm, transport, sshfront, cluster or test", f.path)
			continue
		}
		for _, imp := range f.imports() {
			ours, ok := strings.CutPrefix(imp, "moniker/")
			if ok && !under(ours, allowed...) && !(f.test && ours == "test/ports") {
				t.Errorf("%s: %s may not import %s", f.path, room, imp)
			}
			if strings.HasPrefix(imp, "github.com/hashicorp/raft") && !under(f.pkg, "cluster", "test") {
				t.Errorf("%s: only cluster knows raft", f.path)
			}
		}
	}
}

func TestSubPackagesOfTheFrontEndKnowNoSSH(t *testing.T) {
	for _, f := range repository(t) {
		if !under(f.pkg, "sshfront/line", "sshfront/render", "sshfront/chat", "sshfront/nick", "sshfront/markup", "sshfront/safe") {
			continue
		}
		for _, imp := range f.imports() {
			if strings.HasPrefix(imp, "golang.org/x/crypto/ssh") || imp == "moniker/sshfront" {
				t.Errorf("%s imports %s", f.path, imp)
			}
		}
	}
}

// impure is what the state machine may not import: it could know the time, wait,
// share memory, or touch the world.
func impure(imp string) bool {
	banned := []string{"time", "context", "sync", "sync/atomic", "io", "os", "log", "log/slog", "net", "math/rand", "math/rand/v2", "crypto/rand", "runtime", "unsafe"}
	return slices.Contains(banned, imp) || strings.HasPrefix(imp, "golang.org/x/text") || strings.HasPrefix(imp, "github.com/")
}

func TestStateMachineIsPure(t *testing.T) {
	for _, f := range repository(t) {
		if !under(f.pkg, "fsm") || f.test {
			continue
		}
		for _, imp := range f.imports() {
			if impure(imp) {
				t.Errorf("%s: fsm may not import %s", f.path, imp)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt, *ast.ChanType, *ast.SendStmt:
				t.Errorf("%s: fsm knows no %T", f.line(n.Pos()), n)
			}
			return true
		})
		for _, d := range f.ast.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				t.Errorf("%s: fsm has no package variables", f.line(g.Pos()))
			}
		}
	}
}

func TestNoInitAndNoMutablePackageState(t *testing.T) {
	for _, f := range repository(t) {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					t.Errorf("%s: no init functions", f.line(d.Pos()))
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, s := range d.Specs {
					v := s.(*ast.ValueSpec)
					for _, name := range v.Names {
						if name.Name != "_" && !constantLike(v) {
							t.Errorf("%s: package variable %s: only sentinel errors and tables that nobody writes", f.line(v.Pos()), name.Name)
						}
					}
				}
			}
		}
	}
}

// constantLike reports whether a variable is one only because Go has no constant
// of its type: an error made by errors.New, or an embedded file.
func constantLike(v *ast.ValueSpec) bool {
	for _, val := range v.Values {
		call, ok := val.(*ast.CallExpr)
		if !ok {
			return false
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, _ := fun.X.(*ast.Ident)
		if pkg == nil || pkg.Name+"."+fun.Sel.Name != "errors.New" {
			return false
		}
	}
	return len(v.Values) > 0
}

func TestNoTestSleepsInRealTime(t *testing.T) {
	for _, f := range repository(t) {
		virtual := slices.Contains(f.imports(), "testing/synctest") || f.pkg == "test/sim"
		if virtual || f.pkg == "test/arch" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && sel.Sel.Name == "Sleep" {
					t.Errorf("%s: time.Sleep: wait for what you wait for", f.line(n.Pos()))
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItPromises(t *testing.T) {
	has := map[string]bool{}
	for _, f := range repository(t) {
		says := f.ast.Doc != nil && strings.TrimSpace(f.ast.Doc.Text()) != ""
		has[f.pkg] = has[f.pkg] || says
	}
	for pkg, ok := range has {
		if !ok {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, f := range repository(t) {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				said := d.Name.Name == "Error" || d.Name.Name == "String" // what they do is known
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil && !said {
					t.Errorf("%s: %s has no comment", f.line(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				documentSpecs(t, f, d)
			}
		}
	}
}

func documentSpecs(t *testing.T, f file, d *ast.GenDecl) {
	covered := d.Doc != nil // a comment in a group speaks for those that follow
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				t.Errorf("%s: type %s has no comment", f.line(s.Pos()), s.Name.Name)
			}
		case *ast.ValueSpec:
			covered = covered || s.Doc != nil || s.Comment != nil
			if s.Names[0].IsExported() && !covered {
				t.Errorf("%s: %s has no comment", f.line(s.Pos()), s.Names[0].Name)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	if g, ok := typ.(*ast.IndexExpr); ok {
		typ = g.X
	}
	if g, ok := typ.(*ast.IndexListExpr); ok {
		typ = g.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

// The only switch over command kinds is in the decoder.
func TestCommandKindsAreSwitchedOnInOnePlace(t *testing.T) {
	for _, f := range repository(t) {
		if f.test || f.path == "fsm/command.go" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			c, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, e := range c.List {
				name := ""
				switch e := e.(type) {
				case *ast.Ident:
					name = e.Name
				case *ast.SelectorExpr:
					name = e.Sel.Name
				}
				if strings.HasPrefix(name, "Kind") && f.pkg == "fsm" {
					t.Errorf("%s: a second switch over kinds (%s)", f.line(c.Pos()), name)
				}
			}
			return true
		})
	}
}

// The table of laws names tests: they exist.
func TestTableOfLawsIsTrue(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, f := range repository(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test {
				exists[fn.Name.Name] = true
			}
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 20 {
		t.Errorf("the table names %d tests", len(named))
	}
	for _, n := range named {
		if !exists[n[1]] {
			t.Errorf("test/README.md names %s, which does not exist", n[1])
		}
	}
}

// raft v1.8.0 and raft-boltdb v2.3.1 do not build together, and go get -u takes
// the newest of each: see the remark in go.mod.
func TestRaftsVersionsAreTheOnesThatBuildTogether(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hashicorp/raft v1.7.3", "raft-boltdb/v2 v2.3.1", "go-metrics v0.6.1", "bbolt v1.5.0", "x/crypto v0.58.0"} {
		if !strings.Contains(string(mod), want) {
			t.Errorf("go.mod has not %s", want)
		}
	}
}

func TestRoomsStaySmall(t *testing.T) {
	type size struct {
		lines int
		what  string
	}
	var files, funcs []size
	for _, f := range repository(t) {
		if f.test {
			continue
		}
		files = append(files, size{strings.Count(f.text, "\n"), f.path})
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				n := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1
				funcs = append(funcs, size{n, f.path + " " + fn.Name.Name})
			}
		}
	}
	for _, list := range [][]size{files, funcs} {
		slices.SortFunc(list, func(a, b size) int { return b.lines - a.lines })
		for _, s := range list[:8] {
			t.Logf("%4d lines  %s", s.lines, s.what)
		}
	}
	if files[0].lines > 500 || funcs[0].lines > 90 {
		t.Errorf("the largest file has %d lines, the largest function %d: one of them wants to be two things", files[0].lines, funcs[0].lines)
	}
}

"""What go/parser says of many files, from one small Go program run with the pinned toolchain."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.go_toolchain import CACHE, PINNED, environment, go_binary, run, write_package

# Offsets are bytes. Docs are [start, end] of each comment in the group. References: [offset, name, call, two_value].
_PROGRAM = r"""package main

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
)

type spec struct {
	Path   string
	Offset int
	Doc    [][2]int
}

type decl struct {
	Kind    string
	Name    string
	Offset  int
	Doc     [][2]int
	Imports []spec
	Refs    [][4]any
}

type file struct {
	Path  string
	Decls []decl
}

var fset = token.NewFileSet()

func offset(p token.Pos) int { return fset.PositionFor(p, false).Offset }

func group(g *ast.CommentGroup) [][2]int {
	out := [][2]int{}
	if g != nil {
		for _, c := range g.List {
			out = append(out, [2]int{offset(c.Pos()), offset(c.End())})
		}
	}
	return out
}

func base(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.StarExpr:
		return base(e.X)
	case *ast.IndexExpr:
		return base(e.X)
	case *ast.IndexListExpr:
		return base(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func refs(n ast.Node) [][4]any {
	calls, twos := map[ast.Node]bool{}, map[ast.Node]bool{}
	out := [][4]any{}
	two := func(values []ast.Expr) {
		if len(values) == 1 {
			if call, ok := ast.Unparen(values[0]).(*ast.CallExpr); ok {
				twos[ast.Unparen(call.Fun)] = true
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Lhs) == 2 {
				two(n.Rhs)
			}
		case *ast.ValueSpec:
			if len(n.Names) == 2 {
				two(n.Values)
			}
		case *ast.CallExpr:
			calls[ast.Unparen(n.Fun)] = true
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "C" {
				out = append(out, [4]any{offset(n.Pos()), n.Sel.Name, calls[n], twos[n]})
			}
		}
		return true
	})
	return out
}

func read(path string) *file {
	f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	out := &file{Path: path}
	out.Decls = append(out.Decls, decl{Kind: "package", Name: f.Name.Name, Offset: offset(f.Package), Doc: group(f.Doc)})
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) > 0 {
				name = base(d.Recv.List[0].Type) + "." + name
			}
			out.Decls = append(out.Decls, decl{Kind: "func", Name: name, Offset: offset(d.Pos()), Doc: group(d.Doc), Refs: refs(d)})
		case *ast.GenDecl:
			one := decl{Kind: d.Tok.String(), Offset: offset(d.Pos()), Doc: group(d.Doc), Refs: refs(d)}
			for _, s := range d.Specs {
				if s, ok := s.(*ast.ImportSpec); ok {
					doc := s.Doc
					if doc == nil && len(d.Specs) == 1 {
						doc = d.Doc
					}
					one.Imports = append(one.Imports, spec{s.Path.Value, offset(s.Pos()), group(doc)})
				}
			}
			out.Decls = append(out.Decls, one)
		}
	}
	return out
}

func main() {
	lines, write := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if f := read(lines.Text()); f != nil {
			write.Encode(f)
		}
	}
}
"""


@cache
def _binary() -> Path:
    folder = CACHE / f"go-ast-oracle-{PINNED}"
    program = folder / "oracle.exe"
    source = folder / "main.go"
    if not program.exists() or source.read_text(encoding="utf-8") != _PROGRAM:
        write_package(folder, {"main.go": _PROGRAM})
        built = run([str(go_binary()), "build", "-o", str(program), "."], folder)
        assert built.ok, built.output
    return program


def go_ast(paths: list[Path]) -> list[dict[str, Any]]:
    """One record per file that Go can parse, in order."""
    assert environment()
    result = run([str(_binary())], CACHE, stdin="\n".join(map(str, paths)).encode())
    assert result.ok, result.output
    return [json.loads(line) for line in result.output.splitlines()]

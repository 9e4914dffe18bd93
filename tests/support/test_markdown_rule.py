"""The reader of explanations sees what stands there, and complains about what does not."""

from __future__ import annotations

from tests.support.markdown_rule import HEADINGS, parse_explanation

PAGE = """# leaked-thing

A thing is acquired and never released.

## Why this matters

It grows. A shell line is no heading:

```sh
# not a heading
## neither
```

## Example

```go
package main
```

## Use instead

```go
-- a.go --
package a
-- a.c --
int x;
```

## Fix safety

Safe.

## Limits

- A closure is not followed.

  ```go
  package limit

  func f() {
  	g() // todo want "leak"
  }
  ```

## Silencing

`//cgols:ignore leaked-thing`
"""


def test_a_whole_page() -> None:
    page = parse_explanation(PAGE)
    assert page.problems == ()
    assert (page.name, page.summary) == ("leaked-thing", "A thing is acquired and never released.")
    assert tuple(page.sections) == HEADINGS
    assert page.under("Example")[0].files == {"main.go": "package main\n"}
    assert page.under("Use instead")[0].files == {"a.go": "package a\n", "a.c": "int x;\n"}
    assert page.under("Limits")[0].files["main.go"].endswith('\tg() // todo want "leak"\n}\n')


def test_the_line_of_a_block_is_where_its_text_starts() -> None:
    block = parse_explanation(PAGE).under("Example")[0]
    assert PAGE.split("\n")[block.line - 1] == "package main"


def test_what_is_wrong_is_said() -> None:
    assert "headings" in parse_explanation(PAGE.replace("## Limits", "## Limitations")).problems[0]
    assert "rule-name" in parse_explanation(PAGE.replace("# leaked-thing", "# Leaked thing", 1)).problems[0]
    assert "one sentence" in parse_explanation(PAGE.replace("never released.", "lost. And more.")).problems[0]
    assert "bullets" in parse_explanation(PAGE.replace("- A closure", "A closure")).problems[0]
    assert "Fix safety" in parse_explanation(PAGE.replace("Safe.", "")).problems[0]
    assert parse_explanation("").problems

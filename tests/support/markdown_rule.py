"""Read a rule's explanation: fixed headings, and the Go packages inside of its code blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEADINGS = ("Why this matters", "Example", "Use instead", "Fix safety", "Limits", "Silencing")
# Blocks under these headings are whole packages that the checker is run on.
RUN = ("Example", "Use instead", "Limits")

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>```+|~~~+)(?P<info>[^\n]*)\n(?P<body>.*?)^ *(?P=ticks) *$", re.M | re.S)
ARCHIVE = re.compile(r"^-- (\S+) --\n", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """A ```go block: the files of one package, and the 1-based line of the .md where its text starts."""

    heading: str
    line: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule's .md. `problems` lists what the form lacks; empty when it is right."""

    name: str
    summary: str
    sections: dict[str, str]
    blocks: tuple[Block, ...]
    problems: tuple[str, ...]

    def under(self, heading: str) -> list[Block]:
        return [block for block in self.blocks if block.heading == heading]


def split_archive(text: str) -> dict[str, str]:
    """The files of a block: `-- name --` lines start a file; without them all of it is main.go."""
    parts = ARCHIVE.split(text)
    if len(parts) == 1:
        return {"main.go": text}
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def unfenced(text: str) -> str:
    """The text with its code blocks blanked, line for line, so that a `#` inside of one is no heading."""
    return FENCE.sub(lambda match: "\n" * match.group(0).count("\n"), text)


def parse_explanation(text: str) -> Explanation:
    """Never raises; a page in another form comes back with `problems`."""
    problems: list[str] = []
    prose = unfenced(text).split("\n")
    title = re.fullmatch(r"# ([a-z][a-z0-9-]*)", prose[0])
    if title is None:
        problems.append(f"the first line is {prose[0]!r}, not `# rule-name`")
    starts = [(number, line[3:].strip()) for number, line in enumerate(prose) if line.startswith("## ")]
    if tuple(heading for _, heading in starts) != HEADINGS:
        problems.append(f"the headings are {[heading for _, heading in starts]}, not {list(HEADINGS)}")
    lines = text.split("\n")
    ends = [number for number, _ in [*starts, (len(lines), "")]][1:]
    sections = {
        heading: "\n".join(lines[number + 1 : end]).strip() for (number, heading), end in zip(starts, ends, strict=True)
    }
    summary = " ".join("\n".join(prose[1 : starts[0][0] if starts else None]).split())
    if not re.fullmatch(r"[A-Z`].*[^.]\.", summary) or re.search(r"[^.]\. [A-Z]", summary):
        problems.append(f"below the title stands {summary!r}, not one sentence")
    problems += [f"nothing stands under `## {heading}`" for heading, body in sections.items() if not body]
    if "Limits" in sections and not re.search(r"^[-*] ", sections["Limits"], re.M):
        problems.append("`## Limits` holds no bullets")
    return Explanation(
        title.group(1) if title else "", summary, sections, tuple(read_blocks(text, starts)), tuple(problems)
    )


def read_blocks(text: str, starts: list[tuple[int, str]]) -> list[Block]:
    """The ```go and ```txtar blocks below the headings of RUN; a block indented in a bullet loses that indent."""
    blocks: list[Block] = []
    for match in FENCE.finditer(text):
        if match.group("info").strip() not in ("go", "txtar"):
            continue
        line = text.count("\n", 0, match.start()) + 1
        heading = next((name for number, name in reversed(starts) if number < line), "")
        if heading not in RUN:
            continue
        indent = match.group("indent")
        body = re.sub(rf"^{indent}", "", match.group("body"), flags=re.M)
        blocks.append(Block(heading, line + 1, split_archive(body)))
    return blocks


def read_explanation(path: Path) -> Explanation:
    return parse_explanation(path.read_bytes().decode("utf-8"))

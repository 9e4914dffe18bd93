"""C text to trees: each top-level chunk is parsed by itself, after macros that hide its declaration are blanked.

All offsets are offsets in the text given: a chunk's tree counts from `ParsedChunk.base`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from cgo_ls.syntax.c_split import CChunk, CSplit, split_again, split_c

_TYPES = (
    "void char short int long float double signed unsigned _Bool bool _Complex struct union enum typedef "
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ssize_t intptr_t uintptr_t FILE"
)
_SPECIFIERS = (
    "static extern inline __inline __inline__ const volatile restrict __restrict register auto _Noreturn _Thread_local "
    "__extension__ _Static_assert __signed__ __const"
)
_TYPE_WORDS = frozenset(_TYPES.split())
_KEEP_WORDS = _TYPE_WORDS | frozenset(_SPECIFIERS.split())
_HEAD_TOKEN = re.compile(rb"[A-Za-z_]\w*|\(|\)|\{|\}|\[|\]|=|;|\*|,|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_PROTOTYPE_WRAPPER = re.compile(rb"\b[A-Z_][A-Z0-9_]*+\s*\((?=\s*\()")
_STORAGE_NOISE = re.compile(
    rb"\b(?:__attribute__|__attribute|__asm__|__asm|asm|__declspec|_Alignas|alignas)\s*"
    rb"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\))*+\)|\b(?:_Thread_local|__thread|thread_local|__extension__|FAR|NEAR)\b"
)
_ATTRIBUTE_WORD = re.compile(
    rb"\A(?:__attribute__|__attribute|__declspec|__asm__|__asm|asm|_Alignas|__typeof__|typeof)\Z"
)
_TAG_ARGUMENT = re.compile(rb"(?<=[(,])\s*(?:struct|union|enum)\s+(?=\w+\s*,)")
_TEMPLATE = rb"<(?:[\w\s*&:,]|<[\w\s*&:,]*+>)*+>"
_CPLUSPLUS_CAST = re.compile(
    rb"\b(?:static|reinterpret|const|dynamic)_cast\s*<([^<>;(){}]*+(?:<[^<>;(){}]*+>)?[^<>;(){}]*+)>(?=\s*\()"
)
_CPLUSPLUS_NAME = re.compile(
    rb"[A-Za-z_]\w*(?:\s*(?:" + _TEMPLATE + rb")?\s*::\s*~?[A-Za-z_]\w*)+(?:" + _TEMPLATE + rb")?"
)
_DELETE = re.compile(rb"\bdelete(?:\s*\[\s*\]\s*|\s+)([^;{}]*?)(?=\s*;)")
_CATCH = re.compile(rb"\bcatch\s*\([^(){};]*\)")
_CONSTRUCTED = re.compile(rb"\b(\w+__\w*)([ \t]+)(?=\w+\([^;(){}]*(?:\.|->|\())")
_DEFAULT = re.compile(rb"(?<=\w)\s*=\s*-?[\w.]+(?=\s*[,)])")
_CPLUSPLUS_WORD = re.compile(rb"\btry\b(?=\s*\{)|\bnoexcept\b|\boverride\b|\bconstexpr\b|\bstd__move\b")
_NEW = re.compile(rb"\bnew[ \t]+(?=[A-Za-z_])")
_NEW_ARRAY = re.compile(rb"\bnew[ \t]+([A-Za-z_]\w*[\s*]*+)\[([^\[\];{}]*)\]")
_NEW_PLAIN = re.compile(rb"\bnew[ \t]+([A-Za-z_]\w*)(?=\s*[;,)])")
# `(APIENTRY *name)(`, and `(APIENTRYP name)(` where the macro holds the star.
_CONVENTION = re.compile(rb"\((\s*[A-Z_][A-Z0-9_]*+\s*(?=\*)|\s*[A-Z_][A-Z0-9_]*P(?=\s+\w))(?=[*\s]*\w+\s*\)\s*\()")
_LONE_MACROS = re.compile(rb"(?:[A-Z_][A-Z0-9_]*+\s*+(?:\([^()]*\)\s*)?)+")
_OBJECTIVE_C = re.compile(
    rb"@(?:interface|implementation|protocol)\b.*?(?:@end\b|\Z)|@(?:class|import|compatibility_alias)\b[^;]*;?",
    re.DOTALL,
)
# A single declaration beyond this is a generated table; its tree would cost more than it tells.
_CHUNK_LIMIT = 1 << 20
# Beyond this a broken chunk is taken as it is: the heads that tidying is for are short.
_TIDY_LIMIT = 1 << 15


@dataclass(frozen=True, slots=True)
class ParsedChunk:
    """The tree of one chunk (`translation_unit`); a node's offset + `base` is its offset in the text."""

    chunk: CChunk
    base: int
    text: bytes
    root: Node
    has_error: bool


@dataclass(frozen=True, slots=True)
class ParsedC:
    """Every chunk that could be parsed; `skipped` chunks were too deep or too large to look at."""

    split: CSplit
    chunks: tuple[ParsedChunk, ...]
    skipped: tuple[CChunk, ...]


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_c.language()))


def parse_c(text: bytes, *, cplusplus: bool = False, objective_c: bool = False) -> ParsedC:
    """`text` may be anything; what cannot be read is left out, never raised."""
    if objective_c:
        text = _OBJECTIVE_C.sub(lambda match: re.sub(rb"[^\n]", b" ", match.group()), text)
    split = split_c(text, cplusplus=cplusplus)
    if cplusplus:
        split = replace(split, clean=plain_cplusplus(split.clean))
    parsed: list[ParsedChunk] = []
    skipped: list[CChunk] = []
    for chunk in split.chunks:
        if chunk.too_deep or len(chunk.span) > _CHUNK_LIMIT:
            skipped.append(chunk)
        else:
            parsed.extend(_parse_chunk(split.clean, chunk))
    return ParsedC(split, tuple(parsed), tuple(skipped))


def plain_cplusplus(text: bytes) -> bytes:
    """C++ of which the C grammar understands more, of the same length: names with `::` as one word, casts as C casts,
    `delete p` as `free( p)`, `catch (...)` as a test, `new T(x)` as `new_T(x)`, `new T[n]` as `new_T(n)`, `new T` as `_NT()`, `T v(x.y)` as
    a call, no default arguments. What stays C++ stays an error."""
    text = _CPLUSPLUS_CAST.sub(_plain_cast, text)
    text = _CPLUSPLUS_NAME.sub(lambda match: re.sub(rb"[^\w\n]", b"_", match[0]), text)
    text = _DELETE.sub(lambda match: b"free(" + match[1].rjust(len(match[0]) - 6) + b")", text)
    text = _CATCH.sub(lambda match: b"if (c" + b")".rjust(len(match[0]) - 5), text)
    text = _NEW_ARRAY.sub(_new_array, text)
    text = _NEW_PLAIN.sub(lambda match: (b"_N" + match[1] + b"()").ljust(len(match[0])), text)
    text = _NEW.sub(lambda match: b"new".ljust(len(match[0]), b"_"), _CPLUSPLUS_WORD.sub(_blanks, text))
    text = _CONSTRUCTED.sub(lambda match: match[1] + b"_" * len(match[2]), text)
    return _DEFAULT.sub(_blanks, text)


def _new_array(match: re.Match[bytes]) -> bytes:
    kind = re.sub(rb"[^\w\n]", b"_", match[1])
    return b"new".ljust(match.start(1) - match.start(), b"_") + kind + b"(" + match[2] + b")"


def _plain_cast(match: re.Match[bytes]) -> bytes:
    kind = match[1].replace(b"\n", b" ")
    return b"(".rjust(len(match[0]) - len(kind) - 1) + kind + b")"


def _parse_chunk(clean: bytes, chunk: CChunk) -> list[ParsedChunk]:
    first = _parse_as_is(clean, chunk)
    if (not first.has_error and first.root.named_child_count == 1) or len(first.text) > _TIDY_LIMIT:
        return [first]
    tidied = _parse_text(chunk, tidy_head(first.text))
    if _head_is_broken(tidied):
        tidied = _parse_text(chunk, tidy_head(_STORAGE_NOISE.sub(_blanks, first.text)))
    if not _head_is_broken(tidied):
        return [_with_plain_body(tidied)]
    pieces = split_again(clean, chunk)
    if len(pieces) == 1:
        return [tidied if not tidied.has_error or first.has_error else first]
    parsed: list[ParsedChunk] = []
    for piece in pieces:
        tree = _parse_as_is(clean, piece)
        if not _LONE_MACROS.fullmatch(tree.text):
            parsed.append(_parse_text(piece, tidy_head(tree.text)) if tree.has_error else tree)
    return parsed


def _with_plain_body(parsed: ParsedChunk) -> ParsedChunk:
    """Without the attributes in a body that the grammar does not take there; `cleanup`, which acts, stays an error."""
    if not parsed.has_error:
        return parsed
    text = _STORAGE_NOISE.sub(lambda match: match[0] if b"cleanup" in match[0] else _blanks(match), parsed.text)
    text = _TAG_ARGUMENT.sub(_blanks, text)
    plain = _parse_text(parsed.chunk, text)
    return parsed if plain.has_error else plain


def _parse_as_is(clean: bytes, chunk: CChunk) -> ParsedChunk:
    text = clean[chunk.span.start : chunk.span.end]
    if chunk.unclosed:
        text += b"}" * chunk.unclosed + (b"" if chunk.body else b";")
    return _parse_text(chunk, text)


def _parse_text(chunk: CChunk, text: bytes) -> ParsedChunk:
    root = _parser().parse(text).root_node
    return ParsedChunk(chunk, chunk.span.start, text, root, root.has_error)


def _head_is_broken(parsed: ParsedChunk) -> bool:
    """Whether the damage is outside the braces: errors inside a function's body leave its declaration usable."""
    if not parsed.has_error:
        return False
    top = parsed.root.named_children
    if len(top) != 1 or top[0].type != "function_definition":
        return True
    body = top[0].child_by_field_name("body")
    return any(child.has_error for child in top[0].children if child != body)


def parse_fragment(text: bytes) -> Node:
    """The tree of a text of our own making, such as a macro's body wrapped in a function."""
    return _parser().parse(text).root_node


def tidy_head(text: bytes) -> bytes:
    """`text` (one declaration) with export macros, calling conventions and trailing attribute macros blanked."""
    text = _CONVENTION.sub(_plain_convention, _without_wrappers(text))
    tokens = _head_tokens(text)
    name = _declared_name(tokens)
    if name is None:
        return text
    out = bytearray(text)
    for index in _macros_before(tokens, name):
        _erase_with_arguments(out, tokens, index)
    _erase_tail(out, tokens, name)
    return bytes(out)


def _plain_convention(match: re.Match[bytes]) -> bytes:
    star = match[1].endswith(b"P") and match.string[match.end() : match.end() + 1] != b"*"
    return b"(" + (b" " * (len(match[1]) - 1) + b"*" if star else b" " * len(match[1]))


def _blanks(match: re.Match[bytes]) -> bytes:
    return re.sub(rb"[^\n]", b" ", match.group())


def _without_wrappers(text: bytes) -> bytes:
    """`f OF((int a));` -> `f   (int a) ;`"""
    for match in _PROTOTYPE_WRAPPER.finditer(text):
        depth = 1
        for position in range(match.end(), min(len(text), match.end() + 4000)):
            depth += (text[position] == 0x28) - (text[position] == 0x29)
            if not depth:
                opened = text[: match.start()] + _blanks(match)
                text = opened + text[match.end() : position] + b" " + text[position + 1 :]
                break
    return text


def _head_tokens(text: bytes) -> list[tuple[bytes, int, int, int]]:
    """(token, start, end, parenthesis depth) up to the body, the `=` or the final `;`."""
    tokens: list[tuple[bytes, int, int, int]] = []
    depth = 0
    for match in _HEAD_TOKEN.finditer(text):
        token = match.group()
        if token in (b"{", b";", b"=") and depth <= 0:
            break
        if token == b")":
            depth -= 1
        tokens.append((token, match.start(), match.end(), depth))
        if token == b"(":
            depth += 1
    return tokens


def _declared_name(tokens: list[tuple[bytes, int, int, int]]) -> int | None:
    """Index of the name: the first identifier before `(` that is no attribute and has a type before it; without any
    parenthesis the last identifier."""
    seen_type = False
    for index, (token, _, _, depth) in enumerate(tokens):
        if depth or not _is_word(token) or _ATTRIBUTE_WORD.match(token):
            continue
        word = token.decode("ascii")
        called = index + 1 < len(tokens) and tokens[index + 1][0] == b"("
        if called and seen_type and word not in _KEEP_WORDS and not _is_argument_macro(tokens, index):
            return index
        if word not in _KEEP_WORDS or word in _TYPE_WORDS:
            seen_type = True
    words = [index for index, token in enumerate(tokens) if not token[3] and _is_word(token[0])]
    plain = all(token[0] != b"(" for token in tokens)
    return words[-1] if plain and len(words) > 1 and words[-1] > 0 else None


def _is_argument_macro(tokens: list[tuple[bytes, int, int, int]], index: int) -> bool:
    """`API(int) f(void)`: what follows the closing parenthesis is a word or `*` and later another `(`."""
    if not tokens[index][0].isupper():
        return False
    position = index + 2
    while position < len(tokens) and tokens[position][3] > tokens[index][3]:
        position += 1
    rest = [token for token in tokens[position + 1 :] if token[3] == tokens[index][3]]
    return bool(rest) and (_is_word(rest[0][0]) or rest[0][0] == b"*") and any(t[0] == b"(" for t in rest)


def _is_word(token: bytes) -> bool:
    return token[0] == 0x5F or token[:1].isalpha()


def _macros_before(tokens: list[tuple[bytes, int, int, int]], name: int) -> list[int]:
    """Indexes of words before the name that cannot be part of its type: at most one plain word is the type."""
    plain: list[int] = []
    builtin = False
    tag = False
    for index in range(name):
        token, _, _, depth = tokens[index]
        if depth or not _is_word(token) or _ATTRIBUTE_WORD.match(token):
            continue
        word = token.decode("ascii")
        if tag:
            tag = False
        elif word in ("struct", "union", "enum"):
            tag = builtin = True
        elif word in _TYPE_WORDS:
            builtin = builtin or word != "typedef"
        elif word not in _KEEP_WORDS:
            plain.append(index)
    if builtin:
        return plain
    lower = [index for index in plain if not tokens[index][0].isupper()]
    kept = lower[-1] if lower else (plain[-1] if plain else -1)
    return [index for index in plain if index != kept]


def _erase_with_arguments(out: bytearray, tokens: list[tuple[bytes, int, int, int]], index: int) -> None:
    """Blank the word at `index` and, if it has them, its arguments in parentheses."""
    _, start, end, depth = tokens[index]
    position = index + 1
    if position < len(tokens) and tokens[position][0] == b"(" and tokens[position][1] - end <= 1:
        while position + 1 < len(tokens) and tokens[position + 1][3] > depth:
            position += 1
        end = tokens[min(position + 1, len(tokens) - 1)][2]
    out[start:end] = re.sub(rb"[^\n]", b" ", out[start:end])


def _erase_tail(out: bytearray, tokens: list[tuple[bytes, int, int, int]], name: int) -> None:
    """Blank words behind the parameter list, attributes excepted; a wrapper's spare parenthesis too."""
    position = name + 1
    depth = tokens[name][3]
    while (
        position < len(tokens)
        and tokens[position][3] >= depth
        and not (tokens[position][0] == b")" and tokens[position][3] == depth)
    ):
        position += 1
    tail = tokens[position + 1 :]
    if any(token.decode("ascii", "replace") in _KEEP_WORDS and level == depth for token, _, _, level in tail):
        return  # a `;` is missing: what follows is the next declaration
    keep = False
    for index, (token, start, end, level) in enumerate(tail, position + 1):
        if token == b")" and level < depth:
            out[start:end] = b" "
        elif level == depth and _is_word(token):
            keep = bool(_ATTRIBUTE_WORD.match(token))
            if not keep:
                _erase_with_arguments(out, tokens, index)

"""errno-second-call: errno read by a C call of its own; see errno_second_call.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.c_effects import effects_of
from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.rules.errno.preceding_call import called_c_name
from cgo_ls.rules.errno.two_value_fix import Plan, Read, parse_declaration, plan
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import Node, field, text_of, walk

# What the errno macro of glibc and musl, of macOS and the BSDs, and of Solaris calls.
_LOCATIONS = frozenset(["__errno_location", "__error", "___errno"])

"""What is said of whole libraries: where it applies, and where it does not."""

from __future__ import annotations

import re
import tomllib

import pytest

from cgo_ls.data.library_failures import library_failure
from cgo_ls.data.tables import read_table

TABLE = tomllib.loads(read_table("library_failures"))


@pytest.mark.parametrize("library", TABLE)
def test_rows_are_well_formed(library: str) -> None:
    row = TABLE[library]
    assert row.keys() <= {"headers", "functions", "numbers", "pointers", "except", "source"}
    assert row["numbers"] in ("errno", "negated") and row.get("pointers", "errno") == "errno" and row["source"]
    assert row["headers"] and all(not header.startswith(("<", '"')) for header in row["headers"])
    assert re.compile(row["functions"]).groups == re.compile(row.get("except", "")).groups == 0


@pytest.mark.parametrize(
    ("name", "include", "said"),
    [
        ("zmq_bind", "zmq.h", ("errno", False)),
        ("zmq_socket", "zmq.h", ("errno", True)),
        ("zmq_bind", "other.h", None),
        ("zmq_errno", "zmq.h", None),
        ("sd_journal_next", "systemd/sd-journal.h", ("negated", False)),
        ("sd_bus_unref", "systemd/sd-bus.h", None),
        ("bpf_program__attach_xdp", "bpf/libbpf.h", ("errno", True)),
        ("bpf_map__fd", "bpf/libbpf.h", None),
        ("snd_pcm_open", "third_party/alsa/asoundlib.h", ("negated", False)),
        ("printf", "zmq.h", None),
    ],
)
def test_what_is_said(name: str, include: str, said: tuple[str, bool] | None) -> None:
    found = library_failure(name, [include])
    assert (found and (found.numbers, found.pointers)) == said

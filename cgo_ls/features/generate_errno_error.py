"""An error type for failures of C calls: the operation and errno, usable with errors.Is, os.IsTimeout and net.Error's callers."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.features.generated import Generated, Place, after
from cgo_ls.rules.finding import Need

KIND = "source.errnoError"
_TYPE = "CError"
_TEXT = """\
// CError is the failure of a C function: what was called, and errno as that call left it.
type CError struct {
	Op    string
	Errno syscall.Errno
}

// newCError makes a CError of the second result of a C call. It is nil where err is.
func newCError(op string, err error) error {
	if err == nil {
		return nil
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return &CError{Op: op, Errno: errno}
}

func (e *CError) Error() string { return e.Op + ": " + e.Errno.Error() }

// Unwrap lets errors.Is find syscall.ENOENT, fs.ErrNotExist and the like.
func (e *CError) Unwrap() error { return e.Errno }

// Is reports whether target is a CError with the same errno and, if it names one, the same operation.
func (e *CError) Is(target error) bool {
	other, ok := target.(*CError)
	return ok && other.Errno == e.Errno && (other.Op == "" || other.Op == e.Op)
}

// Timeout reports whether the call ran out of time.
func (e *CError) Timeout() bool { return e.Errno.Timeout() }

// Temporary reports whether the call may succeed when it is made again.
func (e *CError) Temporary() bool { return e.Errno.Temporary() }
"""


def generate(place: Place) -> Iterator[Generated]:
    """The type and its constructor, at the end of the file; offered at a call that reports by errno and at `import "C"`, and not
    where the package has one of the names."""
    if not _concerns_errno(place) or not (place.is_free(_TYPE) and place.is_free("newCError")):
        return
    at_end = Place(place.package, place.file, place.environment, place.span, None, None)
    needs = tuple(Need("import", path) for path in ("errors", "fmt", "syscall"))
    yield Generated(f"Declare {_TYPE}, an error type that holds errno", KIND, (after(at_end, _TEXT),), needs)


def _concerns_errno(place: Place) -> bool:
    if place.reference is not None:
        known = place.environment.convention(place.reference.name)
        return known is not None and known.channel == "errno"
    facts = place.declaration.facts if place.declaration is not None else None
    return facts is not None and any(spec.path == "C" for spec in facts.imports)

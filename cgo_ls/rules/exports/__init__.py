"""Go functions that C calls: `//export` lines, the types and names cgo takes, and what must not cross the border."""

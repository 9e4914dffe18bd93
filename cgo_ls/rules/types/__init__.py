"""C names and types in Go expressions: what cgo makes of them, and what the Go compiler then refuses."""

"""cgo_ls: a language server and checker for Go files that use cgo."""

__version__ = "0.1.0"

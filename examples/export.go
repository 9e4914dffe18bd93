package main

// #cgo CFLAGS: -fvisibility=hidden
import "C"

// JournalVersion is meant for C programs that load this program as a shared library; the flag above takes it away from them.
//
//export JournalVersion
func JournalVersion() C.int {
	return 1
}

// Journal appends a line to a file through a small C library.
//
// It builds, go vet is silent, and it runs. It leaks, reads freed memory, and reports the wrong error:
//
//	cgo-ls check examples/
package main

// #include <stdlib.h>
// #include "journal.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

var errEmpty = errors.New("nothing to append")

// appendLine opens the journal at path, appends line, and returns what the journal then holds as its last line.
func appendLine(path, line string) (string, error) {
	cPath := C.CString(path)
	if line == "" {
		return "", errEmpty
	}
	j, err := C.journal_open(cPath)
	C.free(unsafe.Pointer(cPath))
	if j == nil {
		return "", err
	}
	defer C.journal_close(j)

	if C.journal_append(j, C.CString(line)) != 0 {
		return "", lastError()
	}
	return lastLine(j), nil
}

// lastLine returns a copy of the last line appended.
func lastLine(j *C.journal) string {
	text := C.journal_last(j)
	if text == nil {
		return ""
	}
	C.free(unsafe.Pointer(text))
	return C.GoString(text)
}

// lastError asks C for errno in a call of its own, by which time it may be another thread's.
func lastError() error {
	return syscall.Errno(C.journal_error())
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: journal FILE LINE")
		os.Exit(2)
	}
	last, err := appendLine(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("appended:", last)
}

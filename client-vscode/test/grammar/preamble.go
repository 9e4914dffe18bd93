// Copyright header: #include <no.h>
/*
#include <before/package.h> is not a preamble
*/
package main

// A Go comment, in which static analysis is described.
/*
A plain comment that says something
about struct layouts, and long lines;
#include <example.h>
*/

/*
#cgo linux,!arm LDFLAGS: -lm -L${SRCDIR}/lib
#cgo pkg-config: gtk+-3.0
#cgo noescape add
#include <stdio.h>
#define ANSWER 42
#define LONG(a) \
   ((a) + 1)

// C comment with an apostrophe: don't
static int add(int a, const char *b) {
	char c = '"'; // odd "quote
	return a + ANSWER;
}
struct broken { int x;
*/
import "C"

// #cgo CFLAGS: -O2
// #include <stdint.h>
// static inline uint32_t twice(uint32_t x) {
//   return x * 2; // "text
// }
import "C"

// Prose with an example does not become C.
//
//	static int example(void);
import "unsafe"

/* #include <math.h> */
import "C"

/*
static int only_declaration(void) { return 1; } */
import "C"

import (
	"fmt"
	// #include <stdlib.h>
	"C"
	/*
		#include <errno.h>
	*/
	"os"
)

/*
#include <after/declarations.h>
*/
func main() {
	/*
		#include <no.h>
	*/
	cs := C.CString("hello")
	_ = unsafe.Pointer(cs) // #include <no.h>
	fmt.Println(os.Args)
}

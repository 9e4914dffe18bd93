"""What may be passed between Go and C: Go's pointers to C, integers as pointers, C memory as slices."""

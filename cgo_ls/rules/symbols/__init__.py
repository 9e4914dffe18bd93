"""Which C functions the linker, and who loads the library, can see."""

"""Object files, archives and libraries: bytes in, the names they define out. Any bytes; errors are values."""

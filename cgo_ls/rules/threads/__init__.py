"""C that belongs to a thread, called by goroutines, which do not."""

"""Who frees C memory, once, and not before its last use."""

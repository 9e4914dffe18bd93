"""The rules: one check and one explanation each, in a folder per family."""

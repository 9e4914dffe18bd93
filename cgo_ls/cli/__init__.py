"""The command line: arguments in, findings and exit codes out."""

"""Reading errno the way that works: as the second result of a C call."""

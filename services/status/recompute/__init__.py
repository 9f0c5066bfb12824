"""History computed again: when data come in late, what was told of that time is put right."""

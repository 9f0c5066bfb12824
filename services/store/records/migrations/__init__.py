"""Schema of the records database, step by step. Applied steps are never edited: a change is a new one."""

"""Telling people: what is to be told waits in the records until a channel has taken it."""

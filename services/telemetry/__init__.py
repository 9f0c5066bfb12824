"""A reading's journey: source, journal, acknowledgement, decode, validate, evaluate, store."""

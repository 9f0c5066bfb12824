"""The live stream: what happens on the bus, kept for a while, told to whoever listens."""

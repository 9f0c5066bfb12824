"""One file for each resource: its parameters, its handlers, its lines of the table of routes."""

"""The indicators that Nakhon brings along, a file for each domain."""

"""One module a step, named and chained by its revision."""

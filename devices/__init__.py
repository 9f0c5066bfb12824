"""What is measured: the vocabulary of the city. Pure: no I/O on the city's files, no event loop, no clock."""

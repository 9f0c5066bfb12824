"""What is wrong: observations and the time go in, transitions of alerts come out. Pure."""

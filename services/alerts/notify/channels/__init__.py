"""How somebody is reached, one file for each way."""

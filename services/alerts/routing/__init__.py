"""Which routes take an alert, and who would hear of it when. Pure."""

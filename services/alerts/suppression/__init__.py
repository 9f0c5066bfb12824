"""Why nobody is told of an alert: silences, maintenance, inhibition, and the cause that it stands under."""

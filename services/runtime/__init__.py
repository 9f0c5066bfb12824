"""What every service stands on: configuration, lifecycle, clock, logging, metrics."""

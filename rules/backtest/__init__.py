"""What rules would have done with readings of the past: alerts as spans of time, counted and compared."""

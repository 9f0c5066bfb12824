"""What stands in for the city: models, faults, scenarios, and a publisher for load."""

"""What a city decided about its alerts: its ``alerting.yaml``, checked, and the questions that it answers."""

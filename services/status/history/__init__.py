"""What statuses were: spans of time, calendars of days, and what the API tells of both."""

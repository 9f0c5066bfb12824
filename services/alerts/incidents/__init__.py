"""Incidents: alerts gathered into what one operator works on, and the alert under which others stand."""

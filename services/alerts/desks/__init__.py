"""What operators have beside the alerts: one desk for each thing that they work with."""

from services.alerts.desks.figures import FigureDesk
from services.alerts.desks.incidents import IncidentDesk
from services.alerts.desks.maintenance import MaintenanceDesk
from services.alerts.desks.notifications import NotificationDesk
from services.alerts.desks.silences import SilenceDesk

__all__ = ["FigureDesk", "IncidentDesk", "MaintenanceDesk", "NotificationDesk", "SilenceDesk"]

"""The records of a city behind one door: devices, alerts and what goes with them, tokens, quarantine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.store.records.address import connect, database_url
from services.store.records.alerts import AlertRecords
from services.store.records.alertsteps import AlertStepRecords
from services.store.records.cases import CaseRecords
from services.store.records.database import Database
from services.store.records.devices import DeviceRecords
from services.store.records.facts import StatusFactRecords
from services.store.records.floods import FloodRecords
from services.store.records.history import StatusHistoryRecords
from services.store.records.incidents import IncidentRecords
from services.store.records.kpis import KpiRecords
from services.store.records.maintenance import MaintenanceRecords
from services.store.records.migrate import migrate
from services.store.records.notes import NoteRecords
from services.store.records.notifications import NotificationRecords
from services.store.records.presence import PresenceRecords
from services.store.records.quarantine import QuarantineRecords
from services.store.records.settings import SettingRecords
from services.store.records.silences import SilenceRecords
from services.store.records.tokens import TokenRecords


class Records:
    """One database and its tables. :meth:`open` makes one; whoever did so closes it.

    Every method of a table may raise :class:`~services.store.errors.StoreUnavailableError` (try again)
    or :class:`~services.store.errors.StoreRefusedError` (a person must act). Several processes may have
    the same database open.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.devices = DeviceRecords(database)
        self.presence = PresenceRecords(database)
        self.alerts = AlertRecords(database)
        self.alert_steps = AlertStepRecords(database)
        self.incidents = IncidentRecords(database)
        self.silences = SilenceRecords(database)
        self.maintenance = MaintenanceRecords(database)
        self.floods = FloodRecords(database)
        self.cases = CaseRecords(database)
        self.notifications = NotificationRecords(database)
        self.status_history = StatusHistoryRecords(database)
        self.status_facts = StatusFactRecords(database)
        self.notes = NoteRecords(database)
        self.kpis = KpiRecords(database)
        self.tokens = TokenRecords(database)
        self.quarantine = QuarantineRecords(database)
        self.settings = SettingRecords(database)

    @classmethod
    async def open(cls, url: str | None, data: Path) -> Records:
        """Connect and bring the schema up to date.

        Args:
            url: ``postgresql://user:password@host/database``; None is the file ``records.db`` in ``data``.
            data: the deployment's data folder.

        Raises:
            StoreUnavailableError: the database is away; the same call may succeed later.
            StoreRefusedError: bad address, wrong password, unwritable folder, or a newer schema.
        """
        address = database_url(url, data)
        await migrate(address)
        return cls(await asyncio.to_thread(connect, address))  # making a pool looks at the disk

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._database.kind

    @property
    def where(self) -> str:
        """The file or the address, without its password."""
        return self._database.where

    async def ping(self) -> None:
        """Return when the database answers."""
        await self._database.ping()

    async def close(self) -> None:
        """Let every connection go. A second call does nothing."""
        await self._database.close()

"""What must not be forgotten: devices, alerts and their history, tokens, refused readings."""

from services.store.records.records import Records

__all__ = ["Records"]

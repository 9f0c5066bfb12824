"""Where things are kept: time series and records, each a protocol with adapters."""

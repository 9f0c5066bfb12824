"""Time series: readings by identity, in DuckDB or InfluxDB behind one protocol."""

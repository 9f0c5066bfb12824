"""The author's loop: ``nakhon rules check``, ``test``, ``backtest`` and ``diff``, a file for each command."""

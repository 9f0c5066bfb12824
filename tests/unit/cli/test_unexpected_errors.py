"""What nobody foresaw is told on standard error, and without the values that were at hand."""

from __future__ import annotations

import subprocess
import sys

BROKEN = """
import services.cli as cli
def build():
    token = "s3cret"
    raise RuntimeError("odd")
cli.build = build
cli.main()
"""


def test_an_unexpected_error_leaves_standard_output_alone_and_shows_no_values() -> None:
    ended = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "please report" in ended.stderr
    assert "RuntimeError: odd" in ended.stderr
    assert "token = 's3cret'" not in ended.stderr

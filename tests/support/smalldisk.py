"""A disk of a few megabytes that can be filled, for which mounting has to be allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests.fixtures.mosquitto import missing


class SmallDisk:
    """A tmpfs at ``path`` of ``megabytes``; a context manager. Needs root, or sudo without a password."""

    def __init__(self, path: Path, megabytes: int) -> None:
        self.path, self._megabytes = path, megabytes
        self._as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True)
        options = f"size={self._megabytes}m,mode=0700,uid={os.geteuid()}"
        try:
            self._run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path))
        except (OSError, subprocess.CalledProcessError) as error:
            missing("the right to mount a small disk", f"run the tests as root, or with sudo ({error})")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("umount", "-l", str(self.path))

    @property
    def ballast(self) -> Path:
        """What takes up the room."""
        return self.path / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        with self.ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        assert shutil.disk_usage(self.path).free == 0

    def empty(self) -> None:
        """Give the room back."""
        self.ballast.unlink()

    def _run(self, *command: str) -> None:
        subprocess.run([*self._as_root, *command], check=True, capture_output=True)

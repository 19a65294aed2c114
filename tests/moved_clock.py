"""The wall clock of one process, moved while it runs: clock_shift.c, built and steered."""
import datetime
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time


class MovedClock:
    """`settings` are those of the process. Times are in UTC; the steady clock goes on as ever."""

    def __init__(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="holter-clock-"))
        library, self.shift = self.place / "clock_shift.so", self.place / "shift"
        subprocess.run(["clang-19", "-O1", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).with_name("clock_shift.c")], check=True)
        self.shift.write_bytes(struct.pack("l", 0))
        self.settings = {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(self.shift)}

    def move(self, seconds):
        """So many seconds from the true time."""
        with open(self.shift, "r+b") as file:
            file.write(struct.pack("l", int(seconds)))

    def move_to(self, text):
        """To "2027-03-28T00:58:00"."""
        self.move(datetime.datetime.fromisoformat(text + "+00:00").timestamp() - time.time())

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)

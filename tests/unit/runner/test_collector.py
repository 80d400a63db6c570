from __future__ import annotations

import subprocess
import sys

# In a process of its own: what the collector is told holds for the whole of one.
TOLD = """
import gc
from crawler.runner.collector import begin_to_collect
gc.disable()
class Ring:
    def __init__(self):
        self.ring = self
before = [Ring() for _ in range(10)]
begin_to_collect()
print(gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 1000, any(type(o) is Ring for o in gc.get_objects()))
later = Ring()
del later
print(gc.collect())
del before
print(gc.collect())
"""


def test_cycles_of_later_are_collected_and_what_was_there_is_left_alone() -> None:
    told = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["True (20000, 20, 50) True False", "1", "0"]

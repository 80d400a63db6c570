"""How fields come by their values, for whoever wants to know of one page; runs do without."""

from collections.abc import Callable, Sequence

from crawler.core.visit import FieldTrace

Heed = Callable[[Sequence[FieldTrace]], None]  # told how the fields of a page came by their values

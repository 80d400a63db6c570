"""All that the test site can do wrong, by name: one function for each fault, in the module of its kind.

To add a fault, write one function with `@fault("what its record says")`: its name with hyphens is the fault's, the
first line of its docstring what the server does. It is then served, crawled beside good pages by every client, and
listed in docs/faults.md.
"""

from tests.site.faults import codings, content, http2, messages, network, redirects, tls
from tests.site.faults.doors import open_doors
from tests.site.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "codings", "content", "http2", "messages", "network", "open_doors", "redirects", "tls"]

"""The local test site: pages and faults by path, recorded as the server sees them; nginx with real documentation."""

from tests.site.nginx import Nginx, nginx_installed, running_nginx, serving_docs, standing_before
from tests.site.process import Site, running_site
from tests.site.tls import Certificates, write_certificates
from tests.site.wire import Answer, Hit, html

__all__ = [
    "Answer",
    "Certificates",
    "Hit",
    "Nginx",
    "Site",
    "html",
    "nginx_installed",
    "running_nginx",
    "running_site",
    "serving_docs",
    "standing_before",
    "write_certificates",
]

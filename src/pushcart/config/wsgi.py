"""Django, as a WSGI server or the edge runs it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushcart.config.settings")
application = get_wsgi_application()

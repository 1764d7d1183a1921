import gc
import os

import django
from django.urls import get_resolver

from beanworks_connect import error_tracker, tracing
from beanworks_connect.wsgi_handler import Handler
from core.encryption import key_marks
from core.key_reports import report_from_now_on

# Set, not only defaulted: importing Celery's app has already set the workers' settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.web_settings"
django.setup(set_prefix=False)
tracing.start("web")
error_tracker.start()
application = Handler()
report_from_now_on(key_marks())

# Load every page, and then let the garbage collector leave alone what is loaded and stays. Otherwise each full
# collection looks at all of it, which took 120 ms in the middle of a request; now 5 ms.
get_resolver().url_patterns  # noqa: B018 - read because that loads the pages
gc.collect()
gc.freeze()

import os

from django.core.wsgi import get_wsgi_application

# Celery's app has named the workers' settings by now.
os.environ["DJANGO_SETTINGS_MODULE"] = "beanworks_connect.web_settings"
application = get_wsgi_application()

# Whoever publishes must have the app: without it a shared task would look for a broker of its own.
from .celery import app as celery_app

__all__ = ["celery_app"]

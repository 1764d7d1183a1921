# A process that publishes tasks must load the app: without it, a shared task would look for a default broker.
from .celery import app as celery_app

__all__ = ["VERSION", "celery_app"]
VERSION = "0.1.0"

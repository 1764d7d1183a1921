from django.conf import settings
from django.http import HttpRequest


def practice(request: HttpRequest) -> dict[str, bool]:
    """Tells every page whether Intacct is played by the practice company."""
    return {"practice": settings.PRACTICE}

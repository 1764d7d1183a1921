from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import UserRequest, support_only
from beanworks_connect.system.report import report


@support_only
@require_safe
def system(request: UserRequest) -> HttpResponse:
    """Show support the state of the deployment. Operators get the same from `manage.py system_report`."""
    return render(request, "system/report.html", {"sections": report()})

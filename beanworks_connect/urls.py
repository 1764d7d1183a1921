from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from api.urls import api_urls, open_urlpatterns, webhook_urlpatterns
from beanworks_connect.exposition import metrics
from beanworks_connect.health import PROBES
from beanworks_connect.system.views import system
from beanworks_connect.views import home
from mail.urls import notification_urlpatterns, practice_urlpatterns
from operations.urls import audit_log_urlpatterns
from wizard.urls import handover_urlpatterns, help_urlpatterns, test_bill_urlpatterns

handler400 = "beanworks_connect.error_pages.bad_request"
handler500 = "beanworks_connect.error_pages.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    *(path(address[1:], probe, name=address[1:]) for address, probe in PROBES.items()),
    path("metrics", metrics, name="metrics"),
    path("account/emails/", include("mail.urls")),
    path("account/notifications/", include((notification_urlpatterns, "notifications"))),
    path("account/", include("accounts.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("connection/", include("wizard.urls")),
    path("handover/", include((handover_urlpatterns, "handover"))),
    path("help/", include((help_urlpatterns, "help"))),
    path("test-bill/", include((test_bill_urlpatterns, "test_bill"))),
    path("smartsync/", include("smartsync.urls")),
    path("beanworks/", include("operations.urls")),
    path("beanworks/system/", system, name="system"),
    path("beanworks/api/", include("api.urls")),
    path("beanworks/api/webhooks/", include((webhook_urlpatterns, "webhooks"))),
    path("", include(open_urlpatterns)),
    path("api/v1/", api_urls),
    path("audit-log/", include((audit_log_urlpatterns, "audit_log"))),
]
if settings.PRACTICE:
    urlpatterns += [
        path("emails/", include((practice_urlpatterns, "outbox"))),
        path("demonstration/", include("beanworks_connect.demo.urls")),
    ]

"""The settings of the product.

Every setting that a deployment may change comes from the environment; NAME_FILE names a file with the value of NAME.
"""

import logging
from pathlib import Path
from typing import Any

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from .environment import Environment
from .logs import RedactedRecord

env = Environment()
if problems := env.problems():
    # Not an error with its lines of code: a user who starts a process should read the problems alone.
    raise SystemExit("The product cannot start:\n  " + "\n  ".join(problems))

BASE_DIR = Path(__file__).resolve().parent.parent

# Practice mode: plain HTTP, the practice company as gateway, demonstration sign-ins. Never in production.
PRACTICE = env.bool("PRACTICE", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "beanworks_connect",
    "core",
    "audit",
    "accounts",
    "mail",
    "wizard",
    "smartsync",
    "operations",
    "api",
]
if PRACTICE:
    INSTALLED_APPS += ["practice", "beanworks_connect.demo"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.request_ids.identify_requests",
    "beanworks_connect.middleware.security_headers",
    "api.middleware.problems",
    "beanworks_connect.middleware.health",
    "beanworks_connect.requests.measure_requests",
    "beanworks_connect.request_checks.incoming",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "beanworks_connect.middleware.cache_clearing",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "beanworks_connect.middleware.live_parts",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.session_renewal",
    "accounts.middleware.language_choice",
    "accounts.middleware.interrupted_form",
    "accounts.middleware.session_limit",
    "accounts.middleware.second_factor",
    "accounts.middleware.user_settings",
    "beanworks_connect.middleware.wrong_method",
    "core.form_tokens.process_once",
    "api.middleware.keys",
]

ROOT_URLCONF = "beanworks_connect.urls"
WSGI_APPLICATION = "beanworks_connect.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Each stage has its page in its own folder: "<slug>/stage.html".
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "wizard" / "stages"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "core.templatetags.components",
                "core.templatetags.form_tokens",
                "core.templatetags.isolated",
            ],
            "libraries": {"heroicons": "core.icons"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "beanworks_connect.context_processors.practice",
                "beanworks_connect.context_processors.navigation",
                "accounts.context_processors.interruption",
                "beanworks_connect.context_processors.parts",
            ],
        },
    }
]

# Database and broker. The pool keeps connections between requests and tasks; a worker's pool has room for all its
# threads. The pool tries for two seconds to replace a lost connection; the next request for a connection makes it try
# again.
DATABASES = {"default": env.db("DATABASE_URL", engine="core.postgresql")}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=2,
    # A replica after a failover, or a database that its provider made read-only, counts as not available. Without this,
    # half of the product would go on, and pages would blame the user's session.
    target_session_attrs="read-write",
    pool={"min_size": 1, "max_size": env.int("DATABASE_POOL", default=10), "reconnect_timeout": 2},
)
# The role that the product itself connects as. Migrations need it: they run as the owner of the tables.
PRODUCT_ROLE = env.str("PRODUCT_ROLE", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
# The cache counts tries to sign in and to open guest links. These must work without the broker, so the cache is in the
# database.
CACHES = {
    "default": {
        "BACKEND": "core.cache.ReadableCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Users
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
PASSWORD_HASHERS = ["accounts.hashers.BoundedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "accounts.passwords.VisiblePasswordValidator"}]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.password_reset.ResetTokens"  # noqa: S105
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reauthenticate": "accounts.sign_in_forms.ConfirmForm",
    "reset_password": "accounts.sign_in_forms.ResetForm",
    "change_password": "accounts.sign_in_forms.PasswordChangeForm",
    "set_password": "accounts.sign_in_forms.PasswordSetForm",
    "reset_password_from_key": "accounts.sign_in_forms.PasswordResetForm",
}
# Password resets are counted by source here, and by address in `accounts.rate_limits`. Failed sign-ins are counted by
# address only. allauth counts them by source: then ten wrong passwords of one user locked out their whole office.
# allauth's limit on all sign-ins from one source, 30 a minute, remains.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip", "login_failed": "5/5m/key"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
# "Confirm it's you": a user whose last confirmation is older than this confirms again before they change their security
# settings.
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("CONFIRM_AFTER", default=15 * 60)
# Second factor. Required for Beanworks staff, except in the demonstration.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not PRACTICE)
MFA_FORMS = {
    "add_webauthn": "accounts.sign_in_forms.PasskeyForm",
    "edit_webauthn": "accounts.sign_in_forms.PasskeyNameForm",
    "login_webauthn": "accounts.sign_in_forms.PasskeySignInForm",
    "reauthenticate_webauthn": "accounts.sign_in_forms.PasskeyConfirmForm",
}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Beanworks Connect"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PRACTICE
# Single sign-on by OpenID Connect, if an issuer is set. It is for existing users, never to sign up.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_APP = {
    "provider_id": "single-sign-on",
    "name": env.str("OIDC_NAME", default="single sign-on"),
    "client_id": env.str("OIDC_CLIENT_ID", default=""),
    "secret": env.str("OIDC_CLIENT_SECRET", default=""),
    "settings": {"server_url": OIDC_ISSUER},
}
SOCIALACCOUNT_ADAPTER = "accounts.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [OIDC_APP] if OIDC_ISSUER else []}}
MESSAGE_STORAGE = "core.message_storage.Storage"
# Session length, in seconds: a session ends when it was unused for the first of these, and after the second in any
# case. See accounts/session_lifetime.py.
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=8 * 3600)
SESSION_ENGINE = "accounts.session_store"
SESSION_LONGEST = env.int("SESSION_LONGEST", default=24 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.interrupted_posts.csrf_failure"

# Transport security: everything over HTTPS, except the practice stack on a developer's own machine.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not PRACTICE
SECURE_HSTS_SECONDS = 0 if PRACTICE else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PRACTICE
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|healthz|metrics)$"]
FILE_UPLOAD_HANDLERS = ["beanworks_connect.request_checks.ExpectedFile"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Encrypted secrets: "id:base64 key" pairs. The first key encrypts, all keys decrypt. See core/encryption.py.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS")

# The key that signs the anchors of the audit log (see audit/anchors.py), and a file to which they are also appended.
# Without a key of its own, one is derived from SECRET_KEY: when that changes, older anchors can no longer be checked.
AUDIT_KEY = env.str("AUDIT_KEY", default="")
AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", default="")

# Sage Intacct. The partner's sender ID and password belong to Beanworks and are the same for every customer.
INTACCT_ENDPOINT = env.str("INTACCT_ENDPOINT", default="https://api.intacct.com/ia/xml/xmlgw.phtml")
INTACCT_SENDER_ID = env.str("INTACCT_SENDER_ID", default="BeanworksMPP")
INTACCT_SENDER_PASSWORD = env.str("INTACCT_SENDER_PASSWORD")
# The addresses our requests come from. A customer whose company filters addresses is shown them.
OUTGOING_ADDRESSES = env.list("OUTGOING_ADDRESSES", default=[])

# Email. All emails are written to the outbox (see mail/). Its worker passes them to MAIL_TRANSPORT, set by EMAIL_URL
# "smtp+tls://user:password@host:587". The practice stack sends none with "dummymail://": a page shows them.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
EMAIL_BACKEND = "mail.backend.Outbox"
_email = env.email_url("EMAIL_URL", default="dummymail://") if PRACTICE else env.email_url("EMAIL_URL")
MAIL_TRANSPORT = _email["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"] or "localhost", _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"] or "", _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _email.get("EMAIL_USE_TLS", False), _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Beanworks Connect <connect@beanworks.com>")
# Where pages and emails ask users to write for help.
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="help@beanworks.com")

# Workers. The visibility time-out is longer than the longest task, so that the broker never starts a task twice. The
# sweeper (see core/leases.py), not the broker, recovers lost work within seconds.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_IMPORTS = (
    "beanworks_connect.exposition",
    "beanworks_connect.heartbeat",
    "beanworks_connect.task_logs",
    "beanworks_connect.task_metrics",
    "beanworks_connect.workers",
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONSUMER = "beanworks_connect.consumer:Consumer"
# Every task not named below is started by beat. It has its own queue, so that it never waits behind a night's syncs or
# a gateway that does not answer.
CELERY_TASK_DEFAULT_QUEUE = "periodic"
CELERY_TASK_ROUTES = {
    "accounts.tasks.import_run": {"queue": "syncs"},
    "smartsync.tasks.sync_run": {"queue": "syncs"},
    "wizard.tasks.test_bill_run": {"queue": "checks"},
    "wizard.tasks.verification_run": {"queue": "checks"},
    "core.tasks.pruning_run": {"queue": "syncs"},
    "mail.tasks.email_run": {"queue": "mail"},
    "operations.tasks.channel_message_run": {"queue": "webhooks"},
    "operations.tasks.deletion_run": {"queue": "syncs"},
    "operations.tasks.export_run": {"queue": "syncs"},
    "api.tasks.webhook_delivery_run": {"queue": "webhooks"},
    "api.tasks.webhook_trigger_run": {"queue": "webhooks"},
}
# A worker that has grown larger than this hands back its work and ends; its supervisor starts it again.
WORKER_MEGABYTES = env.int("WORKER_MEGABYTES", default=1500)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)
# If a full sync would mark more than both of a list's records as deleted or inactive, an administrator is asked first.
DELETION_GUARD_PERCENT = env.int("DELETION_GUARD_PERCENT", default=20)
DELETION_GUARD_RECORDS = env.int("DELETION_GUARD_RECORDS", default=50)
# Days after which a record that Intacct deleted is removed here too. Readers of its changes must come before.
DELETED_RECORDS_DAYS = env.int("DELETED_RECORDS_DAYS", default=90)
# Days between the confirmation of a customer's deletion and its start, and hours that the file of an export stays.
CUSTOMER_DELETION_DAYS = env.int("CUSTOMER_DELETION_DAYS", default=7)
EXPORT_HOURS = env.int("EXPORT_HOURS", default=24)
# Days for which the lists of a disconnected connection, or of a revoked or replaced profile, are kept.
ENDED_LISTS_DAYS = env.int("ENDED_LISTS_DAYS", default=30)
# Minutes within which who approved a request may undo it, if no sync has started.
UNDO_MINUTES = env.int("UNDO_MINUTES", default=10)
# How many days other rows are stored, and from which hour (UTC) what has expired is removed: see core/retention.py.
RETENTION_HOUR = env.int("RETENTION_HOUR", default=9)
RETENTION_RUNS_DAYS = env.int("RETENTION_RUNS_DAYS", default=400)
RETENTION_VERIFICATIONS_DAYS = env.int("RETENTION_VERIFICATIONS_DAYS", default=90)
RETENTION_INCIDENTS_DAYS = env.int("RETENTION_INCIDENTS_DAYS", default=400)
RETENTION_TEST_BILLS_DAYS = env.int("RETENTION_TEST_BILLS_DAYS", default=400)
RETENTION_IMPORTS_DAYS = env.int("RETENTION_IMPORTS_DAYS", default=30)
RETENTION_LINKS_DAYS = env.int("RETENTION_LINKS_DAYS", default=400)
RETENTION_EMAILS_DAYS = env.int("RETENTION_EMAILS_DAYS", default=400)
RETENTION_EMAIL_TEXTS_DAYS = env.int("RETENTION_EMAIL_TEXTS_DAYS", default=90)
RETENTION_CHANNEL_MESSAGES_DAYS = env.int("RETENTION_CHANNEL_MESSAGES_DAYS", default=90)
RETENTION_NOTIFICATIONS_DAYS = env.int("RETENTION_NOTIFICATIONS_DAYS", default=90)
RETENTION_WEBHOOK_EVENTS_DAYS = env.int("RETENTION_WEBHOOK_EVENTS_DAYS", default=30)
# Part of every cursor of records. Not in the database: after a restore it must differ from what it was before.
RECORDS_GENERATION = env.str("RECORDS_GENERATION", default="")
# The folder of pg_dump and pg_restore, of the server's version or a later one.
PG_BIN = env.str("PG_BIN", default="")
# What applies until support saves its settings on their page: see wizard/models/support_settings.py. Business hours
# until a decision and until a claim is too old, from when to when, where, whose public holidays, days
# until a customer counts as stopped, and until the first reminder to continue the set-up.
SUPPORT_TARGET_HOURS = env.int("SUPPORT_TARGET_HOURS", default=8)
SUPPORT_CLAIM_HOURS = env.int("SUPPORT_CLAIM_HOURS", default=4)
SUPPORT_HOURS = env.str("SUPPORT_HOURS", default="09:00-17:00").split("-")
SUPPORT_TIME_ZONE = env.str("SUPPORT_TIME_ZONE", default="America/Vancouver")
SUPPORT_HOLIDAYS = env.str("SUPPORT_HOLIDAYS", default="BC").replace("none", "")
SUPPORT_STOPPED_DAYS = env.int("SUPPORT_STOPPED_DAYS", default=7)
SETUP_REMINDER_DAYS = env.int("SETUP_REMINDER_DAYS", default=5)
LEASE_SECONDS = env.int("LEASE_SECONDS", default=30)
# The longest time for one attempt. After it, the lease is not renewed, so that another worker takes work that hangs.
LONGEST_WORK = 600
CELERY_BEAT_SCHEDULER = "beanworks_connect.beat:Scheduler"
# Seconds between two checks of the clock. Each check also reports that beat is alive.
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
CELERY_BEAT_SCHEDULE = {
    "verifications": {"task": "wizard.tasks.sweep", "schedule": SWEEP_SECONDS},
    "monitor": {"task": "wizard.tasks.monitor", "schedule": SWEEP_SECONDS},
    "reminders": {"task": "wizard.tasks.remind", "schedule": crontab(minute=10)},
    "sync-runs": {"task": "smartsync.tasks.sweep", "schedule": SWEEP_SECONDS},
    "mail": {"task": "mail.tasks.sweep", "schedule": SWEEP_SECONDS},
    "webhooks": {"task": "api.tasks.sweep", "schedule": SWEEP_SECONDS},
    "customer-data": {"task": "operations.tasks.sweep", "schedule": SWEEP_SECONDS},
    "reports": {"task": "operations.tasks.report", "schedule": 60},
    "hourly-reports": {"task": "operations.tasks.report_hourly", "schedule": crontab(minute=5)},
    "schedules": {"task": "smartsync.tasks.dispatch", "schedule": SWEEP_SECONDS},
    "imports": {"task": "accounts.tasks.sweep", "schedule": SWEEP_SECONDS},
    "anchors": {"task": "audit.tasks.anchor", "schedule": 900},
    "retention": {"task": "core.tasks.sweep", "schedule": SWEEP_SECONDS},
    "ended-lists": {"task": "smartsync.tasks.remove_ended_lists", "schedule": crontab(hour=9, minute=30)},
}

# The API for Beanworks' other services. Requests of one key in a minute, and the sites to which a user may return.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
API_RETURN_SITES = env.list("API_RETURN_SITES", default=[])

# Languages, times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr-ca", _("French (Canada)"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["beanworks_connect.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if PRACTICE:
    # Requests on the screen of scripts/run. In a deployment, the proxy logs them.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("beanworks_connect.middleware.health") + 1, "beanworks_connect.requests.log_requests"
    )
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# Prometheus reads the web's metrics at /metrics with this token, and those of a worker at this port.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_PORT = env.int("METRICS_PORT", default=0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "beanworks_connect.logs.JsonLines"},
        "text": {"format": "{asctime} {levelname} {name} [{request_id}]: {message}", "style": "{"},
    },
    "filters": {
        "no_health": {"()": "beanworks_connect.logs.NoHealth"},
        "no_traceback_of_403": {"()": "beanworks_connect.logs.NoTracebackOf403"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", default="text" if PRACTICE else "json"),
        }
    },
    "loggers": {
        "django.request": {"filters": ["no_health", "no_traceback_of_403"]},
        # Beat starts a dozen tasks every half a minute that mostly find nothing to do. What is done is logged by
        # `core.work`.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
logging.setLogRecordFactory(RedactedRecord)
# Where errors and traces are sent, if anywhere.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
DEFAULT_EXCEPTION_REPORTER_FILTER = "beanworks_connect.error_reports.ReportFilter"

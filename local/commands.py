"""What runs, and how: the one table behind the local stack and docker-compose.yml.

`{host}` and `{practice_port}` are filled in by whoever starts the command. Where the web server listens is left to its
own environment (GRANIAN_HOST, GRANIAN_PORT).
"""

CELERY = "celery --app beanworks_connect --quiet"
# No worker needs to know of the others: the rows in the database say who does what.
WORKER = f"{CELERY} worker --loglevel INFO --without-gossip --without-mingle --hostname"

COMMANDS = {
    "migrate": "python manage.py migrate --no-input",
    "practice": "python manage.py sandbox --host {host} --port {practice_port}",
    "demo": "python manage.py demo",
    "web": "granian --interface wsgi --workers 2 --blocking-threads 64 --no-ws beanworks_connect.wsgi:application",
    # A person waits for a check: checks never queue behind a long sync.
    "worker-checks": f"{WORKER} checks@%h --queues checks,mail --concurrency 2",
    "worker-syncs": f"{WORKER} syncs@%h --queues syncs --concurrency 2",
    # Its schedule is in the settings; nothing of it is worth a file.
    "beat": f"{CELERY} beat --loglevel INFO --scheduler celery.beat:Scheduler",
}

"""The command of every process: the only table of them, used by the local stack and compared with docker-compose.yml.

The code that starts a command fills in `{host}` and `{practice_port}`. The web server reads its own address from the
environment (GRANIAN_HOST, GRANIAN_PORT).
"""

CELERY = "celery --app beanworks_connect --quiet"
# Workers do not need to know each other (no gossip, no mingle): leases in the database decide which worker does what.
#
# All workers use threads, because they mostly wait: for Intacct, which may stall for twenty companies at once, or for
# an email server. A process takes 50 MB before it does anything (measured). So there would be only a few processes,
# and a few stalled companies would delay all others. The limits that a pool of processes would give are set elsewhere:
# the size of replies (intacct/), the pages in memory, which the syncs of a process share
# (smartsync/engine/pipeline.py), the size of a worker (beanworks_connect/workers.py), and how long work may hang
# (core/leases.py). A process uses one core; start several to use more.
WORKER = f"{CELERY} worker --pool threads --loglevel INFO --without-gossip --without-mingle --hostname"

COMMANDS = {
    "migrate": "python manage.py migrate --no-input",
    "practice": "python manage.py practice --host {host} --port {practice_port}",
    "demo": "python manage.py demo",
    # Replace a process that dies, for example out of memory. By default, Granian would stop all other processes too,
    # and with them every request. Kill a process that does not stop within five seconds: one that still loads the
    # product ignores the signal, and Granian would wait for it forever.
    "web": "python -m beanworks_connect.web --interface wsgi --workers 2 --blocking-threads 64 "
    "--respawn-failed-workers --workers-kill-timeout 5 --no-ws --http1-header-read-timeout 10000 "
    "beanworks_connect.wsgi:application",
    "worker-checks": f"{WORKER} checks@%h --queues checks --concurrency 50",
    "worker-syncs": f"{WORKER} syncs@%h --queues syncs --concurrency 24",
    "worker-mail": f"{WORKER} mail@%h --queues mail --concurrency 4",
    "worker-webhooks": f"{WORKER} webhooks@%h --queues webhooks --concurrency 50",
    "worker-periodic": f"{WORKER} periodic@%h --queues periodic --concurrency 4",
    # Its schedule is in the settings, so it needs no file.
    "beat": f"{CELERY} beat --loglevel INFO",
}

"""What runs, and how: the one table behind the local stack and docker-compose.yml.

`{host}` and `{practice_port}` are filled in by whoever starts the command. Where the web server listens is left to its
own environment (GRANIAN_HOST, GRANIAN_PORT).
"""

CELERY = "celery --app beanworks_connect --quiet"
# No worker needs to know of the others: the rows in the database say who does what.
#
# All work in threads, since they mostly wait: for Intacct, which may stall for twenty companies at once, or for a mail
# server. Processes take 50 MB each before they do anything (measured), so there would be few, and a few stalled
# companies would hold up all others. What a pool of processes would limit is limited elsewhere: the size of replies
# (intacct/), the pages in memory, which the syncs of a process share (smartsync/turn.py), the size of a worker
# (beanworks_connect/workers.py), and how long work may hang (leases/). A process uses one core: several can be started.
WORKER = f"{CELERY} worker --pool threads --loglevel INFO --without-gossip --without-mingle --hostname"

COMMANDS = {
    "migrate": "python manage.py migrate --no-input",
    "practice": "python manage.py sandbox --host {host} --port {practice_port}",
    "demo": "python manage.py demo",
    # A process that dies (out of memory, say) is replaced. By default all others would end with it, and every request.
    "web": "granian --interface wsgi --workers 2 --blocking-threads 64 "
    "--respawn-failed-workers --no-ws --http1-header-read-timeout 10000 beanworks_connect.wsgi:application",
    "worker-checks": f"{WORKER} checks@%h --queues checks --concurrency 50",
    "worker-syncs": f"{WORKER} syncs@%h --queues syncs --concurrency 24",
    "worker-mail": f"{WORKER} mail@%h --queues mail --concurrency 4",
    "worker-periodic": f"{WORKER} periodic@%h --queues periodic --concurrency 4",
    # Its schedule is in the settings; nothing of it is worth a file.
    "beat": f"{CELERY} beat --loglevel INFO",
}

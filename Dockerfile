# One image for web server, workers, beat and the practice company, and one for backups. docker-compose.yml sets the command
# of each.

FROM python:3.13-slim AS build
WORKDIR /app
RUN pip install --no-cache-dir uv
COPY requirements.lock requirements-dev.lock ./
RUN uv venv /venv \
 && uv pip sync --python /venv/bin/python --require-hashes --compile-bytecode requirements.lock \
 && uv pip install --system --constraints requirements-dev.lock babel cyclonedx-bom
COPY . .
# The bill of materials: every installed package with its version and license.
RUN cyclonedx-py environment --output-reproducible --no-validate --output-file sbom.json /venv/bin/python
RUN if [ -d locale ]; then pybabel compile -D django -d locale; fi
# The settings require these values. Collecting static files does not use them, and the image does not contain them.
RUN SECRET_KEY=only-while-building-0123456789-abcdefghijklmnopqrstuvwxyz \
    ENCRYPTION_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    INTACCT_SENDER_PASSWORD=- DATABASE_URL=postgres://build/build REDIS_URL=redis://build \
    SITE_URL=https://build.example ALLOWED_HOSTS=build.example EMAIL_URL=smtp://build.example \
    /venv/bin/python manage.py collectstatic --no-input
# Containers cannot write what Python compiles, and would compile it at each start.
RUN /venv/bin/python -m compileall -q .

FROM python:3.13-slim AS runtime
RUN useradd --system --uid 10001 --no-create-home beanworks \
 && install -d -o beanworks /var/backups /var/lib/anchors /var/lib/practice
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=1 GRANIAN_HOST=0.0.0.0 GRANIAN_PORT=8000 \
    HEARTBEAT_FILE=/tmp/heartbeat
USER beanworks

# A second image, to back up and restore: docker build --target backup. It has pg_dump and pg_restore of the server's
# version, from PostgreSQL's own packages, because Debian has only an older one. They need Perl, which the product does
# without.
FROM runtime AS backup
ARG POSTGRESQL=18
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install --yes --no-install-recommends postgresql-client-$POSTGRESQL \
 && rm -rf /var/lib/apt/lists/*
ENV PG_BIN=/usr/lib/postgresql/$POSTGRESQL/bin
USER beanworks
CMD ["python", "manage.py", "backup", "/var/backups"]

# The last one, and so the one that is built without --target.
FROM runtime AS product
EXPOSE 8000
CMD ["python", "-m", "beanworks_connect.web", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "64", "--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-ws", "--http1-header-read-timeout", "10000", "beanworks_connect.wsgi:application"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]

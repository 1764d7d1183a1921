#!/bin/sh
# PostgreSQL's image runs this once, when it makes the database. Nobody uses the product as a superuser: one role owns
# the tables and migrates them, another works with them and can only add to the audit log (audit/roles.py grants it that
# after every migration).
set -eu
secrets=${SECRETS:-/run/secrets}
psql --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set=database="$POSTGRES_DB" \
    --set=owner_password="$(cat "$secrets/owner_password")" \
    --set=product_password="$(cat "$secrets/product_password")" <<'SQL'
CREATE ROLE beanworks_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE beanworks_product LOGIN PASSWORD :'product_password';
ALTER DATABASE :"database" OWNER TO beanworks_owner;
ALTER SCHEMA public OWNER TO beanworks_owner;
SQL

#!/bin/sh
# PostgreSQL's image runs this once, when it creates the database. The product never connects as a superuser. One role
# owns the tables and runs migrations. Another role reads and writes them, but can only insert into the audit log
# (audit/database_roles.py grants these rights after every migration).
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

"""Load the demonstration: all subjects in the order in which they depend on each other."""

from django.db import transaction

from beanworks_connect.demo.channels import insert_channels
from beanworks_connect.demo.connections import insert_connections, insert_progress
from beanworks_connect.demo.customers import insert_team, insert_tenants
from beanworks_connect.demo.emails import insert_emails
from beanworks_connect.demo.endings import insert_endings
from beanworks_connect.demo.findings import insert_verifications
from beanworks_connect.demo.handovers import insert_handovers
from beanworks_connect.demo.incidents import insert_incidents
from beanworks_connect.demo.integrations import insert_deliveries, insert_integrations
from beanworks_connect.demo.log import insert_log
from beanworks_connect.demo.requests import insert_profiles
from beanworks_connect.demo.syncs import insert_syncs
from beanworks_connect.demo.team import hashed_password
from wizard.models import Connection
from wizard.services import connection_refresh


@transaction.atomic
def load() -> int:
    """Load the demonstration into an empty database. Return the number of customers."""
    password = hashed_password()
    team = insert_team(password)
    tenants = insert_tenants(team, password)
    insert_connections(tenants)
    insert_progress(tenants)
    insert_verifications(tenants)
    incidents = insert_incidents(tenants)
    insert_profiles(tenants, team)
    insert_syncs(tenants)
    insert_endings(tenants, team)
    handovers = insert_handovers(tenants)
    insert_integrations(team)
    insert_channels(team)
    insert_log()
    insert_deliveries()
    insert_emails(handovers, incidents)
    for connection in Connection.objects.all():
        connection_refresh(connection=connection)
    return len(tenants)

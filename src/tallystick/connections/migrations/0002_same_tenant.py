"""A connection, its credential, its organisation and the attempts that made it are of one business: composite foreign keys."""

from django.db import migrations

ADD = """
alter table connections_connection add constraint connection_of_credentials_business
  foreign key (credential_id, business_id) references connections_credential (id, business_id);
alter table connections_connection add constraint connection_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
alter table connections_handshake add constraint handshake_of_credentials_business
  foreign key (credential_id, business_id) references connections_credential (id, business_id);
alter table connections_handshake add constraint handshake_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
alter table connections_handshake add constraint handshake_of_connections_business
  foreign key (connection_id, business_id) references connections_connection (id, business_id);
alter table connections_handshake add constraint handshake_restores_own_business
  foreign key (restoring_id, business_id) references connections_connection (id, business_id);
"""
DROP = """
alter table connections_connection drop constraint connection_of_credentials_business;
alter table connections_connection drop constraint connection_of_organisations_business;
alter table connections_handshake drop constraint handshake_of_credentials_business;
alter table connections_handshake drop constraint handshake_of_organisations_business;
alter table connections_handshake drop constraint handshake_of_connections_business;
alter table connections_handshake drop constraint handshake_restores_own_business;
"""


class Migration(migrations.Migration):
    """Adds the composite keys."""

    dependencies = [
        ("connections", "0001_initial"),
        ("organisations", "0002_same_tenant"),
    ]
    operations = [migrations.RunSQL(ADD, DROP)]

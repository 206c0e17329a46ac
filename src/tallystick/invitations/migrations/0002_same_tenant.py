"""Rows that point at each other are of one tenant: composite foreign keys, which Django does not write."""

from django.db import migrations

ADD = """
alter table invitations_invitation add constraint invitation_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
alter table invitations_ask add constraint ask_of_invitations_business
  foreign key (invitation_id, business_id) references invitations_invitation (id, business_id);
alter table invitations_ask add constraint ask_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
alter table invitations_ask add constraint ask_of_connections_business
  foreign key (connection_id, business_id) references connections_connection (id, business_id);
alter table invitations_ask add constraint ask_passed_within_business
  foreign key (passed_to_id, business_id) references invitations_invitation (id, business_id);
alter table invitations_clientconnectlink add constraint link_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
"""
DROP = """
alter table invitations_invitation drop constraint invitation_of_organisations_business;
alter table invitations_ask drop constraint ask_of_invitations_business;
alter table invitations_ask drop constraint ask_of_organisations_business;
alter table invitations_ask drop constraint ask_of_connections_business;
alter table invitations_ask drop constraint ask_passed_within_business;
alter table invitations_clientconnectlink drop constraint link_of_organisations_business;
"""


class Migration(migrations.Migration):
    """Adds the composite keys."""

    dependencies = [
        ("invitations", "0001_initial"),
        ("connections", "0002_same_tenant"),
        ("organisations", "0002_same_tenant"),
    ]
    operations = [migrations.RunSQL(ADD, DROP)]

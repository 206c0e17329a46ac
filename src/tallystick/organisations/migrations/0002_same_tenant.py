"""Rows that point at each other are of one tenant: composite foreign keys, which Django does not write."""

from django.db import migrations

ADD = """
alter table organisations_memberrole add constraint memberrole_same_side
  foreign key (member_id, side) references organisations_member (id, side);
alter table organisations_memberorganisation add constraint place_of_members_business
  foreign key (member_id, business_id) references organisations_member (id, business_id);
alter table organisations_memberorganisation add constraint place_of_organisations_business
  foreign key (organisation_id, business_id) references organisations_organisation (id, business_id);
"""
DROP = """
alter table organisations_memberrole drop constraint memberrole_same_side;
alter table organisations_memberorganisation drop constraint place_of_members_business;
alter table organisations_memberorganisation drop constraint place_of_organisations_business;
"""


class Migration(migrations.Migration):
    """Adds the composite keys."""

    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunSQL(ADD, DROP)]

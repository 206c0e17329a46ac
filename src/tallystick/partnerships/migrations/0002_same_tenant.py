"""Rows that point at each other are of one tenant: composite foreign keys, which Django does not write."""

from django.db import migrations

# table, its columns, the table they point at, the columns there
PAIRS = [
    ("partnerships_coverage", ("partnership_id", "business_id"), "partnerships_partnership", ("id", "business_id")),
    ("partnerships_coverage", ("organisation_id", "business_id"), "organisations_organisation", ("id", "business_id")),
    ("partnerships_exclusion", ("partnership_id", "business_id"), "partnerships_partnership", ("id", "business_id")),
    ("partnerships_exclusion", ("partnership_id", "firm_id"), "partnerships_partnership", ("id", "firm_id")),
    ("partnerships_exclusion", ("member_id", "firm_id"), "organisations_member", ("id", "firm_id")),
    ("partnerships_exclusion", ("organisation_id", "business_id"), "organisations_organisation", ("id", "business_id")),
    ("partnerships_teammember", ("team_id", "firm_id"), "partnerships_team", ("id", "firm_id")),
    ("partnerships_teammember", ("member_id", "firm_id"), "organisations_member", ("id", "firm_id")),
    ("partnerships_grant", ("partnership_id", "firm_id"), "partnerships_partnership", ("id", "firm_id")),
    ("partnerships_grant", ("member_id", "firm_id"), "organisations_member", ("id", "firm_id")),
    ("partnerships_grant", ("team_id", "firm_id"), "partnerships_team", ("id", "firm_id")),
    ("partnerships_grantorganisation", ("grant_id", "partnership_id"), "partnerships_grant", ("id", "partnership_id")),
    (
        "partnerships_grantorganisation",
        ("partnership_id", "business_id"),
        "partnerships_partnership",
        ("id", "business_id"),
    ),
    (
        "partnerships_grantorganisation",
        ("organisation_id", "business_id"),
        "organisations_organisation",
        ("id", "business_id"),
    ),
]


def _name(table: str, columns: tuple[str, str]) -> str:
    return f"{table}_{columns[0]}_same_{columns[1]}".replace("partnerships_", "")


ADD = ";\n".join(
    f"alter table {table} add constraint {_name(table, columns)} foreign key ({', '.join(columns)})"
    f" references {target} ({', '.join(theirs)}) deferrable initially immediate"
    for table, columns, target, theirs in PAIRS
)
DROP = ";\n".join(f"alter table {table} drop constraint {_name(table, columns)}" for table, columns, _t, _c in PAIRS)


class Migration(migrations.Migration):
    """Adds the composite keys."""

    dependencies = [("partnerships", "0001_initial")]
    operations = [migrations.RunSQL(ADD, DROP)]

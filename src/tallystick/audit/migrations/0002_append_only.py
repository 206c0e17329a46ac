"""Facts and links are added, never changed: the database itself refuses, whoever asks."""

from django.db import migrations

APPEND_ONLY = """
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is only ever added to: % on % refused', tg_op, tg_table_name using errcode = '42501';
end $$;
create trigger audit_fact_append_only before update or delete on audit_fact
  for each row execute function audit_refuse_change();
create trigger audit_link_append_only before update or delete on audit_link
  for each row execute function audit_refuse_change();
create trigger audit_aside_unchanged before update on audit_aside
  for each row execute function audit_refuse_change();
"""
UNDO = """
drop trigger audit_fact_append_only on audit_fact;
drop trigger audit_link_append_only on audit_link;
drop trigger audit_aside_unchanged on audit_aside;
drop function audit_refuse_change();
"""


class Migration(migrations.Migration):
    """Refuses updates and deletions in the ledger."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]

"""Which administrations an analyst's login may see, where it may not see all."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

LIMITS = """
create table exact_ops.analyst_administrations (
    login text not null,
    administration_id integer not null references exact_ops.administrations on delete cascade,
    primary key (login, administration_id)
);
comment on table exact_ops.analyst_administrations is
    'The administrations a login may see in the marts; a login without a row sees all.';
create table exact_ops.limited_analysts (login text primary key);
comment on table exact_ops.limited_analysts is 'Logins that see only what is listed, also where nothing is.';
"""

#: Asked by the policies of the marts, with the rights of their owner: an analyst cannot read the lists.
QUESTIONS = """
create function exact_ops.sees_all_administrations() returns boolean
language sql stable security definer set search_path = '' as
$$ select not exists (select from exact_ops.limited_analysts where login = session_user) $$;
create function exact_ops.visible_administrations() returns setof integer
language sql stable security definer set search_path = '' as
$$ select administration_id from exact_ops.analyst_administrations where login = session_user $$;
"""


def upgrade() -> None:
    op.execute(LIMITS)
    op.execute(QUESTIONS)


def downgrade() -> None:
    # Policies of the marts ask these: the marts are built anew without them.
    op.execute("drop function exact_ops.sees_all_administrations() cascade")
    op.execute("drop function exact_ops.visible_administrations() cascade")
    op.execute("drop table exact_ops.analyst_administrations, exact_ops.limited_analysts")

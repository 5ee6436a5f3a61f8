"""SQL of the twentieth migration: which bodies may stand elsewhere now, so that a night looks at no others.

Triggers write down (`bodies_waiting`) the name and region of every body that came, went or changed, and of those that
a changed row of `roster`, `sections` or `sites` may speak of; `archive.store.kinship` takes it from there.
"""

from __future__ import annotations


def _wait(row: str, governs: str) -> str:
    # no conflict clauses in triggers: that of the statement that fires them would override it
    return (
        f"insert into bodies_waiting select {row}.region_code, {row}.name, {governs} "  # noqa: S608
        f"where not exists (select 1 from bodies_waiting w where w.region_code = {row}.region_code "
        f"and w.name = {row}.name and w.governs = {governs});"
    )


def _governs(row: str) -> str:
    """Whether a body is of the level that governs its region, as `archive.store.kinship` tells it."""
    return (
        f"(length({row}.region_code) >= 6 and {row}.level = case when substr({row}.region_code, 3, 4) = '0000' "
        f"then 'province' when substr({row}.region_code, 5, 2) = '00' then 'prefecture' else 'county' end)"
    )


def _body(row: str) -> str:
    return _wait(row, _governs(row))


def _columns(which: str) -> str:
    """Whatever columns of portals print of whom they belong to."""
    return (
        "insert into bodies_waiting select distinct coalesce(nullif(c.region_code, ''), s.region_code, '') as code, "  # noqa: S608
        f"c.body, 0 from sections c left join sites s on s.id = c.site where {which} and c.body <> '' and not exists "
        "(select 1 from bodies_waiting w where w.name = c.body and w.governs = 0 "
        "and w.region_code = coalesce(nullif(c.region_code, ''), s.region_code, ''));"
    )


#: Everybody waits: the next settling looks at all.
WAIT_ALL = f"""insert or ignore into bodies_waiting select region_code, name, {_governs("bodies")} from bodies
    union select region_code, name, 0 from roster"""  # noqa: S608

KINSHIP = (
    """create table bodies_waiting (
        region_code text not null,
        name text not null,
        governs integer not null,
        primary key (region_code, name, governs)
    ) without rowid""",
    "create index roster_parent on roster(parent) where parent <> ''",
    "create index roster_predecessor on roster(predecessor) where predecessor <> ''",
    f"""create trigger bodies_came after insert on bodies begin
        {_body("new")}
    end""",
    f"""create trigger bodies_went after delete on bodies begin
        {_body("old")}
    end""",
    f"""create trigger bodies_changed after update of name, region_code, level, parent_id, valid_from, valid_to, source
    on bodies when (old.name, old.region_code, old.level, old.parent_id, old.valid_from, old.valid_to, old.source)
        is not (new.name, new.region_code, new.level, new.parent_id, new.valid_from, new.valid_to, new.source)
    begin
        {_body("old")}
        {_body("new")}
    end""",
    f"""create trigger roster_came after insert on roster begin
        {_wait("new", "0")}
    end""",
    f"""create trigger roster_went after delete on roster begin
        {_wait("old", "0")}
    end""",
    f"""create trigger roster_changed after update on roster begin
        {_wait("old", "0")}
        {_wait("new", "0")}
    end""",
    *(
        f"""create trigger {table}_{name} {when} on {table} begin
            {_columns(f"c.{key} = {row}.id")}
        end"""
        for table, key in (("sections", "id"), ("sites", "site"))
        for name, when, row in (
            # a row is written in place of the one of its id: what stood there is looked at before
            ("coming", "before insert", "new"),
            ("came", "after insert", "new"),
            ("changing", "before update", "old"),
            ("changed", "after update", "new"),
            ("going", "before delete", "old"),
        )
    ),
    WAIT_ALL,
)

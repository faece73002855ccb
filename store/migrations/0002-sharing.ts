import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Every hub process looks at this several times a second; whoever changes what may be shared counts it up.
  await sql`create table sharing_epoch (epoch bigint not null, one boolean primary key default true check (one))`.execute(
    db,
  )
  await sql`insert into sharing_epoch (epoch) values (0)`.execute(db)

  await sql`
    create table application (
      id text primary key,
      consumer text not null,
      provider text not null,
      item text not null,
      coordinates text[],
      purpose text not null,
      basis text not null,
      scenario text not null,
      scope text not null,
      divisions text[] not null,
      "full" boolean not null,
      daily_subjects int check (daily_subjects > 0),
      mode text not null,
      valid_to timestamptz not null,
      state text not null,
      submitted_at timestamptz,
      extension_days int,
      answered_at timestamptz,
      grant_id text references sharing_grant (id),
      created_at timestamptz not null default now()
    )`.execute(db)

  await sql`
    create table matter_step (
      id bigint generated always as identity primary key,
      kind text not null,
      matter text not null,
      action text not null,
      at timestamptz not null default now(),
      department text not null,
      subject text not null,
      from_state text,
      to_state text not null,
      reason text,
      article int not null
    )`.execute(db)
  await sql`create index matter_step_matter on matter_step (kind, matter, id)`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on matter_step
      for each statement execute function audit_is_append_only()`.execute(db)

  await sql`
    create table mutation_key (
      department text not null,
      subject text not null,
      key text not null,
      request text not null,
      result text not null,
      at timestamptz not null default now(),
      primary key (department, subject, key)
    )`.execute(db)

  await sql`
    create table quota_day (
      grant_id text not null,
      day date not null,
      used int not null,
      primary key (grant_id, day)
    )`.execute(db)
  await sql`
    create table quota_subject (
      grant_id text not null,
      day date not null,
      uscc text not null,
      primary key (grant_id, day, uscc)
    )`.execute(db)
  // The row of the day is locked first, so that two processes never count past the limit together.
  await sql`
    create function count_subjects(of_grant text, on_day date, per_day int, usccs text[]) returns text[]
    language plpgsql as $$
    declare
      taken int;
      counted text[];
    begin
      insert into quota_day values (of_grant, on_day, 0) on conflict do nothing;
      select used into taken from quota_day where grant_id = of_grant and day = on_day for update;
      with fresh as (
        select uscc from unnest(usccs) with ordinality as asked (uscc, place)
        where not exists (
          select from quota_subject as known
          where known.grant_id = of_grant and known.day = on_day and known.uscc = asked.uscc
        )
        group by uscc order by min(place) limit greatest(per_day - taken, 0)
      ), added as (
        insert into quota_subject select of_grant, on_day, uscc from fresh returning uscc
      ) select coalesce(array_agg(uscc), '{}') into counted from added;
      update quota_day set used = taken + cardinality(counted) where grant_id = of_grant and day = on_day;
      return (
        select coalesce(array_agg(distinct uscc), '{}') from unnest(usccs) as asked (uscc)
        where not uscc = any (counted) and not exists (
          select from quota_subject as known
          where known.grant_id = of_grant and known.day = on_day and known.uscc = asked.uscc
        )
      );
    end $$`.execute(db)
}

export const sharing: Migration = { up }

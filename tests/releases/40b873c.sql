CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin
      if tg_op = 'DELETE' and current_setting('hutong.retention', true) = 'on' then return null; end if;
      raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
    end $$;
CREATE FUNCTION public.count_subjects(of_grant text, on_day date, per_day integer, usccs text[]) RETURNS text[]
    LANGUAGE plpgsql
    AS $$
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
    end $$;
CREATE FUNCTION public.plan_concerns(plan text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
      select coalesce(array_agg(distinct concern), '{}')
      from jsonb_each(plan::jsonb) as decided
      cross join lateral unnest(array[value ->> 'item', split_part(value ->> 'item', '.', 1)]) as concern
      where value ->> 'item' is not null
    $$;
CREATE FUNCTION public.published_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin
      if old.state = 'PUBLISHED' then
        raise exception 'a published version of the catalogue stays: % refused', tg_op
          using errcode = 'insufficient_privilege';
      end if;
      return case tg_op when 'DELETE' then old else new end;
    end $$;
CREATE FUNCTION public.use_record_is_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin
      if old.recorded_at > now() - interval '3 years' then
        raise exception 'use_record %: kept at least 3 years, DELETE refused', old.id
          using errcode = 'insufficient_privilege';
      end if;
      return old;
    end $$;
CREATE TABLE public.application (
    id text NOT NULL,
    consumer text NOT NULL,
    provider text NOT NULL,
    item text NOT NULL,
    coordinates text[],
    purpose text NOT NULL,
    basis text NOT NULL,
    scenario text NOT NULL,
    scope text NOT NULL,
    divisions text[] NOT NULL,
    "full" boolean NOT NULL,
    daily_subjects integer,
    mode text NOT NULL,
    valid_to timestamp with time zone NOT NULL,
    state text NOT NULL,
    submitted_at timestamp with time zone,
    extension_days integer,
    answered_at timestamp with time zone,
    grant_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    answered_late boolean,
    delivered_at timestamp with time zone,
    delivered_late boolean,
    CONSTRAINT application_daily_subjects_check CHECK ((daily_subjects > 0))
);
CREATE TABLE public.audit_chain (
    chain uuid NOT NULL,
    suite text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.audit_checkpoint (
    chain uuid NOT NULL,
    sequence bigint NOT NULL,
    signed text NOT NULL,
    signed_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.audit_plan (
    hash text NOT NULL,
    plan text NOT NULL
);
CREATE TABLE public.audit_record (
    chain uuid NOT NULL,
    sequence bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    request_id text NOT NULL,
    department text,
    subjects text[] NOT NULL,
    plan text,
    record text NOT NULL,
    hash bytea,
    CONSTRAINT audit_record_sequence_check1 CHECK ((sequence > 0))
);
CREATE TABLE public.catalogue_change (
    id text NOT NULL,
    provider text NOT NULL,
    item text,
    reason text,
    occurred_on text,
    extension_days integer,
    state text NOT NULL,
    hash text,
    content jsonb,
    submitted_at timestamp with time zone,
    reviewed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT catalogue_change_check CHECK (((hash IS NULL) = (content IS NULL)))
);
CREATE TABLE public.change_notice (
    department text NOT NULL,
    id text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    usccs text[]
);
CREATE TABLE public.correction (
    id text NOT NULL,
    consumer text NOT NULL,
    provider text NOT NULL,
    item text NOT NULL,
    coordinate text NOT NULL,
    uscc text NOT NULL,
    reason text NOT NULL,
    evidence text,
    state text NOT NULL,
    disputed_at timestamp with time zone NOT NULL,
    reply text,
    answered_at timestamp with time zone,
    answered_late boolean,
    CONSTRAINT correction_state_check CHECK ((state = ANY (ARRAY['DISPUTED'::text, 'CORRECTED'::text, 'CONFIRMED'::text, 'WITHDRAWN'::text])))
);
CREATE TABLE public.hub_secret (
    name text NOT NULL,
    value bytea NOT NULL
);
CREATE TABLE public.kysely_migration (
    name character varying(255) NOT NULL,
    "timestamp" character varying(255) NOT NULL
);
CREATE TABLE public.kysely_migration_lock (
    id character varying(255) NOT NULL,
    is_locked integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.ledger_key (
    kid text NOT NULL,
    public_key text NOT NULL,
    signed text,
    added_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.matter_step (
    id bigint NOT NULL,
    kind text NOT NULL,
    matter text NOT NULL,
    action text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    department text NOT NULL,
    subject text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    reason text,
    article integer NOT NULL,
    cause text,
    until text,
    CONSTRAINT matter_step_cause_check CHECK ((cause = ANY (ARRAY['MISUSE'::text, 'NEED'::text])))
);
ALTER TABLE public.matter_step ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.matter_step_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.mutation_key (
    department text NOT NULL,
    subject text NOT NULL,
    key text NOT NULL,
    request text NOT NULL,
    result text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    roles text[] DEFAULT '{}'::text[] NOT NULL
);
CREATE TABLE public.quota_day (
    grant_id text NOT NULL,
    day date NOT NULL,
    used integer NOT NULL
);
CREATE TABLE public.quota_subject (
    grant_id text NOT NULL,
    day date NOT NULL,
    uscc text NOT NULL
);
CREATE TABLE public.sharing_epoch (
    epoch bigint NOT NULL,
    one boolean DEFAULT true NOT NULL,
    CONSTRAINT sharing_epoch_one_check CHECK (one)
);
CREATE TABLE public.sharing_grant (
    id text NOT NULL,
    reader text NOT NULL,
    item text NOT NULL,
    coordinates text[],
    purpose text NOT NULL,
    divisions text[] DEFAULT '{}'::text[] NOT NULL,
    "full" boolean DEFAULT false NOT NULL,
    requires_mandate boolean DEFAULT false NOT NULL,
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    state text DEFAULT 'ACTIVE'::text NOT NULL,
    daily_subjects integer,
    application text,
    mode text DEFAULT 'API'::text NOT NULL,
    CONSTRAINT sharing_grant_daily_subjects_check CHECK ((daily_subjects > 0)),
    CONSTRAINT sharing_grant_mode_check CHECK ((mode = ANY (ARRAY['API'::text, 'BATCH'::text, 'FILE'::text]))),
    CONSTRAINT sharing_grant_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text, 'TERMINATED'::text, 'GIVEN_UP'::text])))
);
CREATE TABLE public.trade_arrival (
    id bigint NOT NULL,
    orders uuid[] NOT NULL,
    waybills uuid[] NOT NULL,
    numbers text[] NOT NULL,
    failures smallint DEFAULT 0 NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.trade_arrival ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.trade_arrival_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.trade_document (
    id bigint NOT NULL,
    month date NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    key uuid NOT NULL,
    sender text NOT NULL,
    version text NOT NULL,
    body text NOT NULL,
    sealed bytea
)
PARTITION BY RANGE (month);
CREATE TABLE public.trade_document_2026_11 (
    id bigint NOT NULL,
    month date NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    key uuid NOT NULL,
    sender text NOT NULL,
    version text NOT NULL,
    body text NOT NULL,
    sealed bytea
);
ALTER TABLE ONLY public.trade_document_2026_11 ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE public.trade_document_2026_12 (
    id bigint NOT NULL,
    month date NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    key uuid NOT NULL,
    sender text NOT NULL,
    version text NOT NULL,
    body text NOT NULL,
    sealed bytea
);
ALTER TABLE ONLY public.trade_document_2026_12 ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE SEQUENCE public.trade_document_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 100;
CREATE TABLE public.trade_head (
    key uuid NOT NULL,
    role text NOT NULL,
    direction text NOT NULL,
    version text NOT NULL,
    document bigint NOT NULL,
    month date NOT NULL,
    order_key uuid,
    waybill_key uuid,
    left_order uuid,
    left_waybill uuid,
    left_number text,
    sender text NOT NULL,
    pre_no text NOT NULL,
    invt_no text,
    versions integer DEFAULT 1 NOT NULL
);
CREATE TABLE public.trade_match (
    list uuid NOT NULL,
    state text NOT NULL,
    result text NOT NULL,
    buyer text,
    year smallint,
    purchase text,
    decided_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.trade_receipt (
    key uuid NOT NULL,
    digest text NOT NULL,
    status text NOT NULL,
    at text NOT NULL,
    sealed bytea NOT NULL,
    pre_no text,
    invt_no text,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.use_record (
    id text NOT NULL,
    grant_id text NOT NULL,
    reader text NOT NULL,
    provider text NOT NULL,
    subject text NOT NULL,
    scenario text NOT NULL,
    process text NOT NULL,
    effect text NOT NULL,
    storage text NOT NULL,
    destruction text,
    used_from timestamp with time zone NOT NULL,
    used_to timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT use_record_check CHECK ((used_to >= used_from))
);
ALTER TABLE ONLY public.trade_document ATTACH PARTITION public.trade_document_2026_11 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
ALTER TABLE ONLY public.trade_document ATTACH PARTITION public.trade_document_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');
INSERT INTO public.audit_chain VALUES
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 'SHA256-Ed25519', '2026-11-21 22:39:11.701711+00');
INSERT INTO public.audit_checkpoint VALUES
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 19, 'eyJhbGciOiJFZERTQSIsImtpZCI6Il9pTXRqSDNQOVZtOFkzSlRFTmRkZHVmYWdyNmRZbVE1M0wzeVJfc2NCT2cifQ.eyJhdCI6IjIwMjYtMTEtMjFUMjI6Mzk6MTIuNzEwWiIsImNoYWluIjoiNWY3NzQ2ZmQtMTQ5ZS00YWE1LWJjNTgtOGI4ODc4ZjQ4NDU5IiwiaGFzaCI6Ijk2NDJjMmZmYmQ4ZjM5Nzg0NTk4NjllNzZlNWRjMmQ5OGFjYjY4OTcyZDkyMWQwZDAyMDU1Mzg1Nzg5NGE2Y2IiLCJzZXF1ZW5jZSI6MTl9.Ry8Ipgv8TWNnCagrC6DWkRGgDySDNbvGYIoX9a2CZDpaK0a9NbhgskbOZ9RbzEYPeFTyC6FZsl9LfbfGYFpsAg', '2026-11-21 22:39:12.714093+00');
INSERT INTO public.audit_record VALUES
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 1, '2026-11-21 22:39:11.694+00', '563c0671-c96e-4fb2-9c4e-a0b343700d73', NULL, '{}', NULL, '{"action":"chain","at":"2026-11-21T22:39:11.694Z","calls":{},"department":null,"details":{"after":[]},"document":null,"errors":[],"mandated":[],"microseconds":0,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"563c0671-c96e-4fb2-9c4e-a0b343700d73","roles":[],"subject":null,"subjects":[]}', '\x3d00ff7a3c9b89c2c361119a534230d7a0779b01028f14efae28ad4c3bad9589'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 2, '2026-11-21 22:39:11.694+00', '6348c0f7-09aa-43b5-b1de-80346928ca60', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.694Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"311"}},"document":null,"errors":[],"mandated":[],"microseconds":64891,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"6348c0f7-09aa-43b5-b1de-80346928ca60","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\xdd3a58f924701564e8cd30243e5330aed99fd306bd4cd92d8b63f1a491daf91f'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 3, '2026-11-21 22:39:11.774+00', '9c771a74-52af-40e5-85aa-80dc07323392', 'bank', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.774Z","calls":{},"department":"bank","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"411"}},"document":null,"errors":[],"mandated":[],"microseconds":18179,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"9c771a74-52af-40e5-85aa-80dc07323392","roles":["officer"],"subject":"bank-officer","subjects":[]}', '\xbb1d44c2e0a5bc524ff5379d59c037bac5540107abe3991ac61765464bd8b0ee'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 4, '2026-11-21 22:39:11.794+00', '9e8f4de7-33b2-4d7c-8bd1-4a1b82d906c7', 'portal', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.794Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"511"}},"document":null,"errors":[],"mandated":[],"microseconds":8202,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"9e8f4de7-33b2-4d7c-8bd1-4a1b82d906c7","roles":["officer"],"subject":"portal-officer","subjects":[]}', '\xca8b6ea447ac86570ae3faae6b6dc4aac4690139fc246ef8b9ac71bf01b4ce24'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 5, '2026-11-21 22:39:11.824+00', '03d4b825-2fe2-4ec7-9108-7309b35c49dd', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.824Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"621"}},"document":null,"errors":[],"mandated":[],"microseconds":20557,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"03d4b825-2fe2-4ec7-9108-7309b35c49dd","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\xf807c3a8006fd9d9a8069dd8d6f72b45813b274a313694d7cb057b65521f7389'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 6, '2026-11-21 22:39:11.84+00', '0f9e8ee9-30c5-43a3-8e87-3372cafc7f8c', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.840Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"311"}},"document":null,"errors":[],"mandated":[],"microseconds":3804,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"0f9e8ee9-30c5-43a3-8e87-3372cafc7f8c","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\x240363ac2ff6deba20a0a4b146212472e9ead2832e325b0421606b8b31c80901'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 7, '2026-11-21 22:39:11.848+00', '26cdccb3-595f-46c1-91b3-65c2318e8a24', 'bank', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.848Z","calls":{},"department":"bank","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"411"}},"document":null,"errors":[],"mandated":[],"microseconds":2959,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"26cdccb3-595f-46c1-91b3-65c2318e8a24","roles":["officer"],"subject":"bank-officer","subjects":[]}', '\x077817af71e2c2a70b17bbc1f79e81dc0199eb717a80f42db9b3deabfbb82e01'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 8, '2026-11-21 22:39:11.855+00', '7aa18510-2eef-4636-8492-a75b6405d6a7', 'portal', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.855Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"511"}},"document":null,"errors":[],"mandated":[],"microseconds":2429,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"7aa18510-2eef-4636-8492-a75b6405d6a7","roles":["officer"],"subject":"portal-officer","subjects":[]}', '\xef9bcc99b597ae75a3fb38e9b2cebc93a6c015a38c22d08798fe2f56c2658927'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 9, '2026-11-21 22:39:11.861+00', '67e30bd8-5e7b-45b3-b6c5-9fa707985740', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.861Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"621"}},"document":null,"errors":[],"mandated":[],"microseconds":2607,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"67e30bd8-5e7b-45b3-b6c5-9fa707985740","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\x0fc1bf862b89e9957d7659cb4c529045e7d818e0db67770aca92c33d08510af7'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 10, '2026-11-21 22:39:11.872+00', '5f67481f-1518-4722-bf68-cf36d6e30868', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.872Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"311"}},"document":null,"errors":[],"mandated":[],"microseconds":2773,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"5f67481f-1518-4722-bf68-cf36d6e30868","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\x5d3a26af7baf3e7d802146006ed07c926673a959184c0025ba0c9b86f7bbc0ca'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 11, '2026-11-21 22:39:11.89+00', 'd3346257-9c76-4096-90f2-9585c8b678cc', 'bank', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.890Z","calls":{},"department":"bank","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"411"}},"document":null,"errors":[],"mandated":[],"microseconds":6064,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"d3346257-9c76-4096-90f2-9585c8b678cc","roles":["officer"],"subject":"bank-officer","subjects":[]}', '\x95b52dd5a100949691bc188989bc2a388e9ceb3cfe1d9025161f96d7b296cf82'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 12, '2026-11-21 22:39:11.906+00', '1d061998-c913-4a79-b7fa-ee06f3aaf67c', 'portal', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.906Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"511"}},"document":null,"errors":[],"mandated":[],"microseconds":6932,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"1d061998-c913-4a79-b7fa-ee06f3aaf67c","roles":["officer"],"subject":"portal-officer","subjects":[]}', '\x65c31b90387b40c2649e3ac1bc24e7938e5e3ae44472931562f64a6ab0d322de'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 13, '2026-11-21 22:39:11.919+00', 'adab2987-0020-4f9f-a879-fa22250139d2', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.919Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"621"}},"document":null,"errors":[],"mandated":[],"microseconds":2291,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"adab2987-0020-4f9f-a879-fa22250139d2","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\x28685927b66c1bb1b05c9eb69a21e27704f82e89058ce90f6763577a4c45b8bc'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 14, '2026-11-21 22:39:11.934+00', 'e532ef9a-311c-4a8f-bd59-56ed2eed5ef0', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.934Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"311"}},"document":null,"errors":[],"mandated":[],"microseconds":5932,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"e532ef9a-311c-4a8f-bd59-56ed2eed5ef0","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\xd2e6675a3bc9b88170be64c2875b20d0c4d22f0166362494dba8cd375c6d6b5b'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 15, '2026-11-21 22:39:11.94+00', 'd15f2cca-4a3f-4dbd-93a3-e91ccf6166c4', 'bank', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.940Z","calls":{},"department":"bank","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"411"}},"document":null,"errors":[],"mandated":[],"microseconds":2467,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"d15f2cca-4a3f-4dbd-93a3-e91ccf6166c4","roles":["officer"],"subject":"bank-officer","subjects":[]}', '\x46137636f1b710771a39e7dbe27cabb39f96b97de81818bcf9265ad66da708b4'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 16, '2026-11-21 22:39:11.946+00', '1a59a591-7176-4d42-a99b-8f105040ca18', 'portal', '{91350102MYE0000341}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.946Z","calls":{},"department":"portal","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"621"}},"document":null,"errors":[],"mandated":[],"microseconds":3163,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"1a59a591-7176-4d42-a99b-8f105040ca18","roles":["officer"],"subject":"portal-officer","subjects":["91350102MYE0000341"]}', '\x151c8e94953b10e73b443b4ab3cbcb030ec0c094e3011820dc1f6e132f7d881c'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 17, '2026-11-21 22:39:11.954+00', '66a6131d-7f2a-4c32-9c71-574eaed881bf', 'customs', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.954Z","calls":{},"department":"customs","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"622"}},"document":null,"errors":[],"mandated":[],"microseconds":4136,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"66a6131d-7f2a-4c32-9c71-574eaed881bf","roles":["officer"],"subject":"customs-officer","subjects":[]}', '\x49baf0b0bb82962adc368b951da2be61a74958725ed10fde38a7f2404202eec4'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 18, '2026-11-21 22:39:11.96+00', '7a2fb5bb-b5a9-4b61-86c8-fe510351dc36', 'customs', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.960Z","calls":{},"department":"customs","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"622"}},"document":null,"errors":[],"mandated":[],"microseconds":3685,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"7a2fb5bb-b5a9-4b61-86c8-fe510351dc36","roles":["officer"],"subject":"customs-officer","subjects":[]}', '\x9cb66ef6d3859d3895f398d31778de51252f2c49364539247e79de0682c72a44'),
	('5f7746fd-149e-4aa5-bc58-8b8878f48459', 19, '2026-11-21 22:39:11.966+00', '6fe1057d-24ac-40c8-8672-201f3e9d8b94', 'customs', '{}', NULL, '{"action":"ceb","at":"2026-11-21T22:39:11.966Z","calls":{},"department":"customs","details":{"message":{"documents":{"new":1,"newer":0,"refused":0,"repeated":0,"stale":0},"kind":"622"}},"document":null,"errors":[],"mandated":[],"microseconds":3397,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"6fe1057d-24ac-40c8-8672-201f3e9d8b94","roles":["officer"],"subject":"customs-officer","subjects":[]}', '\x9642c2ffbd8f3978459869e76e5dc2d98acb68972d921d0d020553857894a6cb');
INSERT INTO public.catalogue_change VALUES
	('bed19903-d167-4769-9ff1-e5ae085269d1', 'customs', NULL, NULL, NULL, NULL, 'PUBLISHED', '4eb5079ca7425f97f55d93ef2f4320dae51ecb0259b6090a7515d9d914d912f7', '{"customs.totals": {"en": "Totals of a year", "id": "customs.totals", "zh": "进出口年度合计", "grade": "GENERAL_2", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "Int", "masked": false, "coordinate": "CustomsTotals.year", "description": null}, {"type": "Int", "masked": false, "coordinate": "CustomsTotals.exportCount", "description": "Number of export lists 出口票数."}, {"type": "Int", "masked": false, "coordinate": "CustomsTotals.importCount", "description": "Number of import lists 进口票数."}, {"type": "Money", "masked": false, "coordinate": "CustomsTotals.exportValue", "description": "出口总值"}, {"type": "Money", "masked": false, "coordinate": "CustomsTotals.importValue", "description": "进口总值"}], "conditions": "Departments that keep statistics of the pilot zones 综试区统计部门: totals of a year, no single declaration", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "YEARLY"}, "customs.creditGrade": {"en": "Credit grade of customs", "id": "customs.creditGrade", "zh": "海关信用等级", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "customs", "dataItems": [{"type": "CustomsCreditGrade", "masked": false, "coordinate": "CustomsRecord.creditGrade", "description": "Credit grade 海关信用等级 (GACC Order 251)."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "GACC Order 251 (2021): credit grades are published", "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "customs.inspections": {"en": "Inspections", "id": "customs.inspections", "zh": "查验记录", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "Inspection.number", "description": null}, {"type": "String", "masked": false, "coordinate": "Inspection.declarationNumber", "description": "清单编号"}, {"type": "DateTime", "masked": false, "coordinate": "Inspection.inspectedAt", "description": null}, {"type": "InspectionKind", "masked": false, "coordinate": "Inspection.kind", "description": null}, {"type": "InspectionResult", "masked": false, "coordinate": "Inspection.result", "description": null}], "conditions": "Departments that act on a finding 依查验结果履职的部门: quality supervision and refund review of the goods inspected", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "customs.declarations": {"en": "Declaration lists", "id": "customs.declarations", "zh": "跨境电商申报清单", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "Declaration.number", "description": "清单编号"}, {"type": "Enterprise", "masked": false, "coordinate": "Declaration.enterprise", "description": "Enterprise that sends or receives the goods 收发货人."}, {"type": "TradeMode", "masked": false, "coordinate": "Declaration.tradeMode", "description": "监管方式"}, {"type": "TradeDirection", "masked": false, "coordinate": "Declaration.direction", "description": "进出口标志"}, {"type": "DateTime", "masked": false, "coordinate": "Declaration.declaredAt", "description": "申报时间"}, {"type": "DeclarationStatus", "masked": false, "coordinate": "Declaration.status", "description": null}, {"type": "String", "masked": false, "coordinate": "Declaration.declarationDistrict", "description": "Customs district of declaration 申报地海关, 4 digits."}, {"type": "String", "masked": false, "coordinate": "Declaration.portDistrict", "description": "Customs district of the port 口岸海关, 4 digits."}, {"type": "CountryCode", "masked": false, "coordinate": "Declaration.country", "description": "Country of arrival (export) or departure (import) 运抵国、启运国."}, {"type": "String", "masked": false, "coordinate": "Declaration.orderNo", "description": "订单编号"}, {"type": "String", "masked": false, "coordinate": "Declaration.logisticsNo", "description": "物流运单编号"}, {"type": "Money", "masked": false, "coordinate": "Declaration.value", "description": "Value of the goods 货值."}, {"type": "Decimal", "masked": false, "coordinate": "Declaration.weight", "description": "Gross weight 毛重, in kg."}, {"type": "Int", "masked": false, "coordinate": "DeclarationLine.gnum", "description": "Line number 序号, from 1."}, {"type": "HSCode", "masked": false, "coordinate": "DeclarationLine.hsCode", "description": "商品编码"}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.name", "description": "商品名称"}, {"type": "Decimal", "masked": false, "coordinate": "DeclarationLine.quantity", "description": null}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.unit", "description": "Unit of measure 计量单位 (customs code, 3 digits)."}, {"type": "Decimal", "masked": false, "coordinate": "DeclarationLine.price", "description": "Unit price 单价, in the currency of the line."}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.currency", "description": "ISO 4217 币制."}, {"type": "CountryCode", "masked": false, "coordinate": "DeclarationLine.country", "description": "Country of origin (import) or destination (export) 原产国、最终目的国."}], "conditions": "Departments that supervise the same trade 监管同一贸易的部门: refund review, authenticity of receipts, tracing of quality, delivery", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "customs.registration": {"en": "Filing with customs", "id": "customs.registration", "zh": "海关备案信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "CustomsRegistration.code", "description": "Customs code 海关注册编码, 10 characters."}, {"type": "String", "masked": false, "coordinate": "CustomsRegistration.district", "description": "Customs district on file 注册地海关, 4 digits."}, {"type": "Date", "masked": false, "coordinate": "CustomsRegistration.filedOn", "description": "备案日期"}, {"type": "Date", "masked": false, "coordinate": "CustomsRegistration.validUntil", "description": "有效期至; null means long-term 长期."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00'),
	('6ec32cd6-ddb7-4ddd-9c3d-208ad4fa8f7e', 'tax', NULL, NULL, NULL, NULL, 'PUBLISHED', '2567fbaa8a33e4d95a79654101de2c6099ad07217cd843a0a5008e5a6ecbe994', '{"tax.arrears": {"en": "Tax in arrears", "id": "tax.arrears", "zh": "欠税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "Money", "masked": false, "coordinate": "TaxRecord.arrears", "description": "Tax in arrears 欠税; 0 where there is none."}], "conditions": "Departments that a law makes check arrears first 依法须先核查欠税的部门: licences, subsidies, exit control", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "tax.refunds": {"en": "Export refunds", "id": "tax.refunds", "zh": "出口退税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "String", "masked": false, "coordinate": "Refund.number", "description": "申报流水号"}, {"type": "String", "masked": false, "coordinate": "Refund.period", "description": "Period 所属期, YYYY-MM."}, {"type": "Money", "masked": false, "coordinate": "Refund.amount", "description": "退税额"}, {"type": "RefundStatus", "masked": false, "coordinate": "Refund.status", "description": null}, {"type": "Date", "masked": false, "coordinate": "Refund.filedOn", "description": "申报日期"}, {"type": "Date", "masked": false, "coordinate": "Refund.paidOn", "description": "退库日期; null until paid."}, {"type": "[String!]", "masked": false, "coordinate": "Refund.declarationNumbers", "description": "Numbers of the declaration lists it covers 关联清单编号."}], "conditions": "Departments that review the same export 审核同一出口业务的部门: authenticity of receipts and declarations", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "tax.taxpayer": {"en": "Kind of taxpayer and method of levy", "id": "tax.taxpayer", "zh": "纳税人基本信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "TaxpayerKind", "masked": false, "coordinate": "TaxRecord.taxpayerKind", "description": "纳税人类型"}, {"type": "LevyMethod", "masked": false, "coordinate": "TaxRecord.levyMethod", "description": "征收方式"}], "conditions": "Departments that verify how an enterprise is taxed 须核实征收方式的部门: clearance, filing, statistics", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "tax.exemptions": {"en": "Sales exempt without input invoices", "id": "tax.exemptions", "zh": "无票免税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "String", "masked": false, "coordinate": "TaxExemption.period", "description": "所属期, YYYY-MM."}, {"type": "Money", "masked": false, "coordinate": "TaxExemption.amount", "description": "Sales exempt 免税销售额."}], "conditions": "Departments that apply the exemption of the pilot zones 落实综试区无票免税政策的部门", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "MONTHLY"}, "tax.creditGrade": {"en": "Tax credit grade", "id": "tax.creditGrade", "zh": "纳税信用级别", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "TaxCreditGrade", "masked": false, "coordinate": "TaxRecord.creditGrade", "description": "Tax credit grade 纳税信用级别."}], "conditions": "Departments that grade enterprises themselves 实施信用分级监管的部门: clearance and joint incentives", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "YEARLY"}, "tax.listedGradeA": {"en": "Published list of A-grade taxpayers", "id": "tax.listedGradeA", "zh": "A级纳税人名单", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "tax", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "TaxRecord.listedGradeA", "description": "On the published list of A-grade taxpayers A级纳税人名单."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "The list is published every year (纳税信用管理办法)", "sharingModes": ["API", "FILE"], "classification": "THEME", "updateFrequency": "YEARLY"}, "tax.exportRefundClass": {"en": "Export refund class", "id": "tax.exportRefundClass", "zh": "出口退税分类管理类别", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "tax", "dataItems": [{"type": "ExportRefundClass", "masked": false, "coordinate": "TaxRecord.exportRefundClass", "description": "Export refund class 出口退税分类管理类别."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00'),
	('458f6f9d-530c-4cbb-befe-d80f26e64638', 'fx', NULL, NULL, NULL, NULL, 'PUBLISHED', '403f8bcf48e519465e18a29ff3ed7510218ddf19dfac54ad146dd83cdf1c0fe4', '{"fx.class": {"en": "Class of goods-trade management", "id": "fx.class", "zh": "货物贸易外汇管理分类", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "fx", "dataItems": [{"type": "ForeignExchangeClass", "masked": false, "coordinate": "ForeignExchangeRecord.class", "description": "Class of goods-trade management 货物贸易外汇管理分类."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.payments": {"en": "Payments of a year", "id": "fx.payments", "zh": "年度付汇", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "[Money!]", "masked": false, "coordinate": "ForeignExchangeRecord.payments", "description": "Payments of one year by currency 年度付汇."}], "conditions": "Departments that keep statistics or supervise imports 统计和进口监管部门: sums of a year, no single payment", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.receipts": {"en": "Receipts of a year", "id": "fx.receipts", "zh": "年度收汇", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "[Money!]", "masked": false, "coordinate": "ForeignExchangeRecord.receipts", "description": "Receipts of one year by currency 年度收汇."}], "conditions": "Departments that keep statistics or review refunds 统计和退税审核部门: sums of a year, no single receipt", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.exemption": {"en": "Exemption of small traders from registration", "id": "fx.exemption", "zh": "小微跨境电商企业免于名录登记", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "ForeignExchangeRecord.exemptFromRegistration", "description": "Exempt from registration as a small trader 免于名录登记."}], "conditions": "Departments to which the sums of a year may be shared 可共享年度收付汇的部门: the same uses", "dataFormat": "JSON", "legalBasis": "It tells that the yearly sum is under the limit, hence shared like the sums", "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.registered": {"en": "Registry of goods traders", "id": "fx.registered", "zh": "贸易外汇收支企业名录", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "fx", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "ForeignExchangeRecord.registered", "description": "In the registry of goods traders 名录登记."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.settlements": {"en": "Settlements", "id": "fx.settlements", "zh": "结汇信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "String", "masked": false, "coordinate": "Settlement.number", "description": null}, {"type": "SettlementKind", "masked": false, "coordinate": "Settlement.kind", "description": null}, {"type": "Money", "masked": false, "coordinate": "Settlement.amount", "description": null}, {"type": "SettlementAccount", "masked": false, "coordinate": "Settlement.account", "description": null}, {"type": "Date", "masked": false, "coordinate": "Settlement.settledOn", "description": null}], "conditions": "Tax authorities that review the refund of the same export 办理退税审核的税务机关, within their divisions", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.suspiciousTransactionReports": {"en": "Suspicious transaction reports", "id": "fx.suspiciousTransactionReports", "zh": "可疑交易报告", "grade": "GENERAL_4", "reason": "A report that becomes known warns whoever is reported 泄露报告将惊动被报告人", "sharing": "WITHHELD", "provider": "fx", "dataItems": [{"type": "String", "masked": false, "coordinate": "SuspiciousTransactionReport.number", "description": null}, {"type": "Date", "masked": false, "coordinate": "SuspiciousTransactionReport.reportedOn", "description": null}, {"type": "String", "masked": false, "coordinate": "SuspiciousTransactionReport.reason", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them", "sharingModes": [], "classification": "DEPARTMENT", "updateFrequency": "DAILY"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00'),
	('c870398b-c314-4ad1-b7d5-c82decf45013', 'market', NULL, NULL, NULL, NULL, 'PUBLISHED', 'e98c6d2e62a6a407697456afde6ad25197f3aade2108a0b02f3129979f4583cb', '{"market.licences": {"en": "Administrative licences", "id": "market.licences", "zh": "行政许可信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "Licence.number", "description": "许可证编号"}, {"type": "String", "masked": false, "coordinate": "Licence.name", "description": "许可名称"}, {"type": "Date", "masked": false, "coordinate": "Licence.validFrom", "description": "有效期自"}, {"type": "Date", "masked": false, "coordinate": "Licence.validTo", "description": "有效期至; null means long-term 长期."}, {"type": "String", "masked": false, "coordinate": "Licence.authority", "description": "发证机关"}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "market.penalties": {"en": "Administrative penalties", "id": "market.penalties", "zh": "行政处罚信息", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "Penalty.number", "description": "决定书文号"}, {"type": "Date", "masked": false, "coordinate": "Penalty.decidedOn", "description": "决定日期"}, {"type": "PenaltyKind", "masked": false, "coordinate": "Penalty.kind", "description": null}, {"type": "Money", "masked": false, "coordinate": "Penalty.amount", "description": "Amount of a fine or confiscation 罚没金额."}, {"type": "String", "masked": false, "coordinate": "Penalty.reason", "description": "处罚事由"}, {"type": "String", "masked": false, "coordinate": "Penalty.authority", "description": "处罚机关"}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.registration": {"en": "Business registration", "id": "market.registration", "zh": "企业登记信息", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "EnterpriseConnection", "masked": false, "coordinate": "Query.searchEnterprises", "description": "Enterprises by part of the name and by division 企业检索, in the order of their codes."}, {"type": "String", "masked": false, "coordinate": "Enterprise.name", "description": "Registered name 企业名称; source department 数源部门: market supervision."}, {"type": "EnterpriseStatus", "masked": false, "coordinate": "Enterprise.status", "description": "Registration status 登记状态; source department: market supervision."}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.name", "description": "企业名称"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.kind", "description": "Kind of enterprise 类型, e.g. 有限责任公司."}, {"type": "EnterpriseStatus", "masked": false, "coordinate": "MarketRegistration.status", "description": "登记状态"}, {"type": "Money", "masked": false, "coordinate": "MarketRegistration.capital", "description": "Registered capital 注册资本."}, {"type": "Date", "masked": false, "coordinate": "MarketRegistration.establishedOn", "description": "成立日期"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.address", "description": "住所"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.scope", "description": "Scope of business 经营范围."}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.authority", "description": "Registration authority 登记机关."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API", "BATCH"], "classification": "BASE", "updateFrequency": "REAL_TIME"}, "market.abnormalListings": {"en": "List of abnormal operations", "id": "market.abnormalListings", "zh": "经营异常名录", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "[Listing!]", "masked": false, "coordinate": "MarketRecord.abnormalListings", "description": "List of abnormal operations 经营异常名录."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.seriousViolations": {"en": "List of serious violations", "id": "market.seriousViolations", "zh": "严重违法失信名单", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "[Listing!]", "masked": false, "coordinate": "MarketRecord.seriousViolations", "description": "List of serious violations 严重违法失信名单."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.qualityInspections": {"en": "Product quality inspections", "id": "market.qualityInspections", "zh": "质量监督抽查信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "QualityInspection.number", "description": null}, {"type": "String", "masked": false, "coordinate": "QualityInspection.product", "description": "商品"}, {"type": "QualityInspectionStage", "masked": false, "coordinate": "QualityInspection.stage", "description": null}, {"type": "Date", "masked": false, "coordinate": "QualityInspection.startedOn", "description": "开始日期"}, {"type": "Boolean", "masked": false, "coordinate": "QualityInspection.qualified", "description": "Whether the sample passed 是否合格; null until the result is confirmed."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "QUARTERLY"}, "market.legalRepresentative": {"en": "Legal representative", "id": "market.legalRepresentative", "zh": "法定代表人信息", "grade": "GENERAL_4", "reason": null, "sharing": "CONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": true, "coordinate": "LegalRepresentative.name", "description": "姓名; masked to the first character unless granted in full."}, {"type": "String", "masked": true, "coordinate": "LegalRepresentative.idNumber", "description": "Identity number 身份证号码 (GB 11643); masked unless granted in full."}], "conditions": "Departments that must identify the person who acts for the enterprise 须核验法定代表人身份的部门: for the matter at hand alone, masked without a grant", "dataFormat": "JSON", "legalBasis": "Personal Information Protection Law 个人信息保护法: no more than the purpose needs", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "REAL_TIME"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00'),
	('f6112618-9c99-434e-8510-0b9091469f36', 'postal', NULL, NULL, NULL, NULL, 'PUBLISHED', '0899c2e838376c2189210b3599d9f54ae6db4835f34264e42271ce8b28436863', '{"postal.shipments": {"en": "Parcels", "id": "postal.shipments", "zh": "寄递邮件信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "postal", "dataItems": [{"type": "TrackingNumber", "masked": false, "coordinate": "Shipment.trackingNumber", "description": "邮件号"}, {"type": "String", "masked": false, "coordinate": "Shipment.service", "description": "Product 业务种类, e.g. e邮宝."}, {"type": "DateTime", "masked": false, "coordinate": "Shipment.acceptedAt", "description": "收寄时间"}, {"type": "DateTime", "masked": false, "coordinate": "Shipment.deliveredAt", "description": "妥投时间; null until delivered."}, {"type": "CountryCode", "masked": false, "coordinate": "Shipment.destination", "description": "寄达国（地区）"}, {"type": "Decimal", "masked": false, "coordinate": "Shipment.weight", "description": "重量, in kg."}, {"type": "DateTime", "masked": false, "coordinate": "ShipmentEvent.at", "description": "时间"}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.place", "description": "地点"}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.code", "description": "Status code of the event 状态代码; older servers give none."}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.text", "description": "说明"}], "conditions": "Departments that supervise the goods in the parcels 监管寄递货物的部门: clearance and tracing of single parcels", "dataFormat": "XML", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "postal.monthlyVolumes": {"en": "Volumes by month", "id": "postal.monthlyVolumes", "zh": "月度业务量", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "postal", "dataItems": [{"type": "String", "masked": false, "coordinate": "MonthlyVolume.month", "description": "Month 月份, YYYY-MM."}, {"type": "Int", "masked": false, "coordinate": "MonthlyVolume.parcels", "description": "邮包件数"}, {"type": "Int", "masked": false, "coordinate": "MonthlyVolume.express", "description": "快件件数"}], "conditions": null, "dataFormat": "XML", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "MONTHLY"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00'),
	('0c74dc3c-0e85-4c19-a174-d54c78d179fd', 'commerce', NULL, NULL, NULL, NULL, 'PUBLISHED', '022d07b32061f70fb8ec7bf1d8aba0e3778f0838051e68d7644c4db2136fee95', '{"commerce.parks": {"en": "Industrial parks", "id": "commerce.parks", "zh": "产业园区信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "Park.name", "description": null}, {"type": "DivisionCode", "masked": false, "coordinate": "Park.division", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "QUARTERLY"}, "commerce.filing": {"en": "Filing as a cross-border e-commerce enterprise", "id": "commerce.filing", "zh": "跨境电商企业备案", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "CommerceFiling.number", "description": "备案号"}, {"type": "String", "masked": false, "coordinate": "CommerceFiling.zone", "description": "Pilot zone 综试区, e.g. 福州."}, {"type": "[CommerceRole!]", "masked": false, "coordinate": "CommerceFiling.roles", "description": null}, {"type": "Date", "masked": false, "coordinate": "CommerceFiling.filedOn", "description": "备案日期"}, {"type": "FilingStatus", "masked": false, "coordinate": "CommerceFiling.status", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "commerce.overseasWarehouses": {"en": "Overseas warehouses", "id": "commerce.overseasWarehouses", "zh": "海外仓信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "OverseasWarehouse.name", "description": null}, {"type": "CountryCode", "masked": false, "coordinate": "OverseasWarehouse.country", "description": null}, {"type": "Decimal", "masked": false, "coordinate": "OverseasWarehouse.area", "description": "Floor area 面积, in m²."}, {"type": "Boolean", "masked": false, "coordinate": "OverseasWarehouse.public", "description": "Open to others 公共海外仓."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "WEEKLY"}}', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.942+00', '2026-11-21 22:38:44.946262+00');
INSERT INTO public.hub_secret VALUES
	('trade-key', '\x3ce2c9c65b96a3e711eab2bd1913adaa503cf0bc07c04993bce2606d091a0279'),
	('cursors', '\x963fffee3096a3ae3e33fe064a2b3b19fa8d3b79cd7d2e8524fc96eb9660c1ff');
INSERT INTO public.kysely_migration VALUES
	('0001-grants-and-audit', '2026-11-21T22:38:43.920Z'),
	('0001b-chained-records', '2026-11-21T22:38:43.961Z'),
	('0002-sharing', '2026-11-21T22:38:44.011Z'),
	('0003-catalogue', '2026-11-21T22:38:44.057Z'),
	('0004-corrections', '2026-11-21T22:38:44.093Z'),
	('0005-ledger', '2026-11-21T22:38:44.099Z'),
	('0006-matters', '2026-11-21T22:38:44.104Z'),
	('0007-ledger-keys', '2026-11-21T22:38:44.123Z'),
	('0008-change-notices', '2026-11-21T22:38:44.138Z'),
	('0009-lists', '2026-11-21T22:38:44.240Z'),
	('0010-ledger-pages', '2026-11-21T22:38:44.263Z'),
	('0011-answered-late', '2026-11-21T22:38:44.266Z'),
	('0012-deliveries', '2026-11-21T22:38:44.267Z'),
	('0013-late-replies', '2026-11-21T22:38:44.268Z'),
	('0014-trade', '2026-11-21T22:38:44.344Z');
INSERT INTO public.kysely_migration_lock VALUES
	('migration_lock', 0);
INSERT INTO public.ledger_key VALUES
	('_iMtjH3P9Vm8Y3JTENdddufagr6dYmQ53L3yR_scBOg', '{"crv":"Ed25519","kid":"_iMtjH3P9Vm8Y3JTENdddufagr6dYmQ53L3yR_scBOg","kty":"OKP","x":"iWsBR-KPJvWuMyEVMRhtWWLmEnXn_MZ4fgPfwpjQpQs"}', NULL, '2026-11-21 22:38:44.691121+00');
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES
	(1, 'catalogue-change', 'bed19903-d167-4769-9ff1-e5ae085269d1', 'submit', '2026-11-21 22:38:44.946262+00', 'customs', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(2, 'catalogue-change', 'bed19903-d167-4769-9ff1-e5ae085269d1', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL),
	(3, 'catalogue-change', '6ec32cd6-ddb7-4ddd-9c3d-208ad4fa8f7e', 'submit', '2026-11-21 22:38:44.946262+00', 'tax', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(4, 'catalogue-change', '6ec32cd6-ddb7-4ddd-9c3d-208ad4fa8f7e', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL),
	(5, 'catalogue-change', '458f6f9d-530c-4cbb-befe-d80f26e64638', 'submit', '2026-11-21 22:38:44.946262+00', 'fx', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(6, 'catalogue-change', '458f6f9d-530c-4cbb-befe-d80f26e64638', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL),
	(7, 'catalogue-change', 'c870398b-c314-4ad1-b7d5-c82decf45013', 'submit', '2026-11-21 22:38:44.946262+00', 'market', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(8, 'catalogue-change', 'c870398b-c314-4ad1-b7d5-c82decf45013', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL),
	(9, 'catalogue-change', 'f6112618-9c99-434e-8510-0b9091469f36', 'submit', '2026-11-21 22:38:44.946262+00', 'postal', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(10, 'catalogue-change', 'f6112618-9c99-434e-8510-0b9091469f36', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL),
	(11, 'catalogue-change', '0c74dc3c-0e85-4c19-a174-d54c78d179fd', 'submit', '2026-11-21 22:38:44.946262+00', 'commerce', 'hub', NULL, 'SUBMITTED', NULL, 16, NULL, NULL),
	(12, 'catalogue-change', '0c74dc3c-0e85-4c19-a174-d54c78d179fd', 'publish', '2026-11-21 22:38:44.946262+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17, NULL, NULL);
INSERT INTO public.sharing_epoch VALUES
	(6, true);
INSERT INTO public.sharing_grant VALUES
	('development:tax:customs.declarations:refund-review', 'tax', 'customs.declarations', '{Declaration.number,Declaration.enterprise,Declaration.tradeMode,Declaration.direction,Declaration.declaredAt,Declaration.status,Declaration.declarationDistrict,Declaration.portDistrict,Declaration.country,Declaration.orderNo,Declaration.logisticsNo,Declaration.value,Declaration.weight,DeclarationLine.gnum,DeclarationLine.hsCode,DeclarationLine.quantity,DeclarationLine.unit,DeclarationLine.price,DeclarationLine.currency,DeclarationLine.country}', 'refund-review', '{3501,3504}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:fx:customs.declarations:authenticity-review', 'fx', 'customs.declarations', '{Declaration.number,Declaration.tradeMode,Declaration.declaredAt,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:market:customs.declarations:quality-tracing', 'market', 'customs.declarations', '{Declaration.number,DeclarationLine.hsCode,DeclarationLine.name,DeclarationLine.country}', 'quality-tracing', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:postal:customs.declarations:delivery', 'postal', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.logisticsNo}', 'delivery', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:bank:customs.declarations:authenticity-review', 'bank', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, true, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:commerce:customs.totals:statistics', 'commerce', 'customs.totals', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:customs:tax.creditGrade:clearance', 'customs', 'tax.creditGrade', NULL, 'clearance', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:fx:tax.refunds:authenticity-review', 'fx', 'tax.refunds', '{Refund.amount,Refund.status}', 'authenticity-review', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:bank:fx.class:authenticity-review', 'bank', 'fx.class', NULL, 'authenticity-review', '{}', false, true, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:commerce:fx.receipts:statistics', 'commerce', 'fx.receipts', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:tax:fx.settlements:refund-review', 'tax', 'fx.settlements', NULL, 'refund-review', '{3501,3504}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:customs:market.legalRepresentative:clearance', 'customs', 'market.legalRepresentative', NULL, 'clearance', '{}', true, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:commerce:postal.monthlyVolumes:statistics', 'commerce', 'postal.monthlyVolumes', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API'),
	('development:customs:postal.shipments:clearance', 'customs', 'postal.shipments', NULL, 'clearance', '{}', false, false, NULL, NULL, '2026-11-21 22:38:44.71029+00', 'ACTIVE', NULL, NULL, 'API');
INSERT INTO public.trade_document_2026_11 VALUES
	(1, '2026-11-01', '2026-11-21 22:39:11.676377+00', '311', 'c9249d7c-c08d-866f-f227-11b0d35cb3d8', 'DXPENT0000000001', '12026112009300010d6f931f727ba040c6d9c8d0170238a7', '{"kind":"311","role":"order","direction":"import","key":"[\"order\",\"import\",\"ebpCode\",\"3501960E1A\",\"SO1\"]","order":"[\"import\",\"3501960E1A\",\"SO1\"]","waybill":null,"invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"12026112009300010d6f931f727ba040c6d9c8d0170238a7","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderType":"I","orderNo":"SO1","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","goodsValue":"250","freight":"10.5","discount":"20","taxTotal":"21.84","acturalPaid":"262.34","currency":"142","buyerRegNo":"TUbygYdNcbfK3cNXegJRF2","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF1","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeDistrict":"350102"},"lines":[{"gnum":"1","itemName":"示例奶粉","gmodel":"900g","unit":"122","qty":"2","price":"100","totalPrice":"200","currency":"142","country":"601"},{"gnum":"2","itemName":"示例面霜","gmodel":"50ml","unit":"142","qty":"1","price":"50","totalPrice":"50","currency":"142","country":"305"}],"personal":{},"sender":"DXPENT0000000001"}', '\x88e9b8daa8b9dd1584a28df0ef1fd035eb070d67042103ac610a8cbcbda0aee62d51039ae0c350ae031dcda6a67b56aa61c6d556f8155e26b7a2c2945d6fb2edc9401b56e323b40895795bc8c4a0959d36273663483b089e93b3a539f28edd21f5802b75b01dc8c4ac04d2323ee0088f358ebb216676f45d8e2d647648808f2178bbd088ca271f0cd231a1719c6f21dca8cb8e8bad0f1a50b296fffd728bb189e253a6c568d3439c22d9293f054b5fdc5777f08886bfee127976c6a850a17681bd2fcf5d6275504c44da261adf9e673462ed444db70abe8eacc3e597d7742fa882a85105b440890c60437c29b864660296a7615175541ee58a36d2e09203579593'),
	(2, '2026-11-01', '2026-11-21 22:39:11.767051+00', '411', 'ade40fa1-e29d-4f72-9b11-291fa4742cca', 'DXPENT0000000001', '12026112009300011243f8d38b5741a36a343a9c751aa8d2', '{"kind":"411","role":"payment","direction":"import","key":"[\"payment\",\"import\",\"payTransactionId\",\"ZF1\",\"3501960P4Y\"]","order":"[\"import\",\"3501960E1A\",\"SO1\"]","waybill":null,"invtNo":null,"buyer":null,"version":"12026112009300011243f8d38b5741a36a343a9c751aa8d2","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF1","orderNo":"SO1","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","payerIdType":"1","payerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payerName":"aF_Oshc6YWHYY5GuHh6w6z","amountPaid":"262.34","currency":"142","payTime":"20261120092900"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\xfd8c429c4cd040d2eed5a39ba7c6d40f479582fe1192a10ba65ba1060614a4553cf4c39bccff45043b062740722b8f319856394b678792b5b5fdc68890976064d8874203cc82d2b38cd6e773e2b3f822c1226fd8aa8351a1be7c8c7d3ceea4b7'),
	(3, '2026-11-01', '2026-11-21 22:39:11.787715+00', '511', '30231f3b-4fdd-1ebc-2222-ed2559f5092b', 'DXPENT0000000001', '1202611200930001a3383057a72169f4641ecbebc427bbbb', '{"kind":"511","role":"waybill","direction":"import","key":"[\"waybill\",\"import\",\"logisticsCode\",\"3501980F2B\",\"YD1\"]","order":null,"waybill":"[\"import\",\"3501980F2B\",\"YD1\"]","invtNo":null,"buyer":null,"version":"1202611200930001a3383057a72169f4641ecbebc427bbbb","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","logisticsNo":"YD1","orderNo":"SO1","freight":"10.5","insuredFee":"0","currency":"142","weight":"2.1","packNo":"1","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\x855d2bbcaddbc6d17afe28fa1e3491425b74fc797246d8e159842cb4456f04417c829eff68496abc8763763295d01fd0fa18a5068d27185382d33eb0f2f7674986783a69003d841941373761eb11f2c6dc3d06c5195be7b13fc5aec2584ec82b28f5f631f08b687627588a1a4e1c1bacd9b69b5d34034291a42c85a66f3c13c4bb7606b05c4ee23885f3a312'),
	(101, '2026-11-01', '2026-11-21 22:39:11.818329+00', '621', 'b421cede-780e-19b0-a30b-a248b04fdd7a', 'DXPENT0000000001', '1202611200930001ed7c674bf6825d6476e8552b5e5d4121', '{"kind":"621","role":"list","direction":"import","key":"[\"list\",\"import\",\"copNo\",\"QD1\",\"3501980F2B\"]","order":"[\"import\",\"3501960E1A\",\"SO1\"]","waybill":"[\"import\",\"3501980F2B\",\"YD1\"]","invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"1202611200930001ed7c674bf6825d6476e8552b5e5d4121","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderNo":"SO1","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","logisticsNo":"YD1","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","copNo":"QD1","assureCode":"91350102MYE0000341","ieFlag":"I","declTime":"20261120","customsCode":"3500","portCode":"3500","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","agentCode":"3501980F2B","agentName":"福州示例报关有限公司","tradeMode":"9610","trafMode":"5","trafNo":"MF0001","voyageNo":"20261119","billNo":"99900000001","country":"601","freight":"10.5","insuredFee":"0","currency":"142","packNo":"1","grossWeight":"2.1","netWeight":"1.85"},"lines":[{"gnum":"1","gcode":"1901101000","gname":"示例奶粉","gmodel":"900g","country":"601","currency":"142","qty":"2","unit":"122","qty1":"1.8","unit1":"035","price":"100","totalPrice":"200"},{"gnum":"2","gcode":"3304990039","gname":"示例面霜","gmodel":"50ml","country":"305","currency":"142","qty":"1","unit":"142","qty1":"0.05","unit1":"035","price":"50","totalPrice":"50"}],"personal":{},"sender":"DXPENT0000000001"}', '\x793228dde6a56f216335e3cfc0d1b8b54c3cf41a9b0547c69bfe4df61c74572f4fa5e4dde427d11c7ad512f092d92db6b12c8a0a0473565885da31bf505eee3d0e01d32555c3c470c2860c610ea7d8ca30e6f22531dae03167d4e96fab26212693a0c1d9c103070e44ef0cf959d6548e8f9dadfe541fefa3b2abe42466b2310f783c3fc0e202c3de8dc5438ddf945f45901b1ac43e1bd58e2881da91035abe37411a873fb10df0ee0b9a751e06'),
	(4, '2026-11-01', '2026-11-21 22:39:11.838051+00', '311', 'e004f0a9-1847-da70-94d8-edd722a88d26', 'DXPENT0000000001', '1202611200930001cbe3827a130a2c8b443970c429f06372', '{"kind":"311","role":"order","direction":"import","key":"[\"order\",\"import\",\"ebpCode\",\"3501960E1A\",\"SO2\"]","order":"[\"import\",\"3501960E1A\",\"SO2\"]","waybill":null,"invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"1202611200930001cbe3827a130a2c8b443970c429f06372","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderType":"I","orderNo":"SO2","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","goodsValue":"250","freight":"10.5","discount":"20","taxTotal":"21.84","acturalPaid":"262.34","currency":"142","buyerRegNo":"TUbygYdNcbfK3cNXegJRF2","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF2","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeDistrict":"350102"},"lines":[{"gnum":"1","itemName":"示例奶粉","gmodel":"900g","unit":"122","qty":"2","price":"100","totalPrice":"200","currency":"142","country":"601"},{"gnum":"2","itemName":"示例面霜","gmodel":"50ml","unit":"142","qty":"1","price":"50","totalPrice":"50","currency":"142","country":"305"}],"personal":{},"sender":"DXPENT0000000001"}', '\x2feee5329cbbbd85494ccd6695293902ddbbd896e88f2098bbaa3bd6502e76a8100c81a68a83182576a09a68109062107273b596dcf36c557bcd6ee16054155335c9b43fde0d4beadc7b77a47eeb3ac900fa1b66b4274284aaf3df75fdf0411a3ab10b2fda20bad3f5458a6cfad6a5d7e8d73cfcc2b9051816be90892c65b9da6818f3c071a2c86ece0f35302a5b294f849ec6097dc74e45febd7dd3fa36095b0f9a202dc4955717bb3d75485b6d56758a50817f0c05ce79ad257c5c17ca189c998fba7454074a2cc57e5e35e9b72a8b7aed18ca1110b8a2964f25779caf25af035e20b633d1acb8773f46542373dba0a0948f6e01e25f551ee3360c233e52e08b'),
	(102, '2026-11-01', '2026-11-21 22:39:11.847013+00', '411', 'f2106b0d-b584-9e4f-672d-e7dad1ff8bb9', 'DXPENT0000000001', '12026112009300013960df7659a8f27ca95cf999d9a925d4', '{"kind":"411","role":"payment","direction":"import","key":"[\"payment\",\"import\",\"payTransactionId\",\"ZF2\",\"3501960P4Y\"]","order":"[\"import\",\"3501960E1A\",\"SO2\"]","waybill":null,"invtNo":null,"buyer":null,"version":"12026112009300013960df7659a8f27ca95cf999d9a925d4","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF2","orderNo":"SO2","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","payerIdType":"1","payerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payerName":"aF_Oshc6YWHYY5GuHh6w6z","amountPaid":"262.34","currency":"142","payTime":"20261120092900"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\x6101cc1b132b0464cc6a18e8f64e894e51e3f05573e4883dabc40082dee5feadad0a0166971ef977e62dfd18398000692ec6fd81a2018556b42b607dec4d689a6571bbfc7462966fa388d1a6f8358b20c8dcb1d87080b2e9236403826cac5a7c'),
	(5, '2026-11-01', '2026-11-21 22:39:11.860037+00', '621', '5a9f1d3f-a0f6-c086-2a01-ede8e8952582', 'DXPENT0000000001', '1202611200930001b250a66852e0b7dd4ee1d71591f48653', '{"kind":"621","role":"list","direction":"import","key":"[\"list\",\"import\",\"copNo\",\"QD2\",\"3501980F2B\"]","order":"[\"import\",\"3501960E1A\",\"SO2\"]","waybill":"[\"import\",\"3501980F2B\",\"YD2\"]","invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"1202611200930001b250a66852e0b7dd4ee1d71591f48653","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderNo":"SO2","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","logisticsNo":"YD2","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","copNo":"QD2","assureCode":"91350102MYE0000341","ieFlag":"I","declTime":"20261120","customsCode":"3500","portCode":"3500","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","agentCode":"3501980F2B","agentName":"福州示例报关有限公司","tradeMode":"9610","trafMode":"5","trafNo":"MF0001","voyageNo":"20261119","billNo":"99900000001","country":"601","freight":"10.5","insuredFee":"0","currency":"142","packNo":"1","grossWeight":"2.1","netWeight":"1.85"},"lines":[{"gnum":"1","gcode":"1901101000","gname":"示例奶粉","gmodel":"900g","country":"601","currency":"142","qty":"2","unit":"122","qty1":"1.8","unit1":"035","price":"100","totalPrice":"200"},{"gnum":"2","gcode":"3304990039","gname":"示例面霜","gmodel":"50ml","country":"305","currency":"142","qty":"1","unit":"142","qty1":"0.05","unit1":"035","price":"50","totalPrice":"50"}],"personal":{},"sender":"DXPENT0000000001"}', '\x896e5fb8b0106f7426023a6ca543c81a153de746e3f9006894f073dfb15e87fb30b43f056b83204b31177c990709d951e5047733b8c30a8ced4802a15ecccba00a390f8609ad73cefaa63eb5a8e80fa771cef624bad356480fb2dea587d6ba4172a10a126652234a14d0f9e6553880a0069d6ff29101e34f6494b5da9bf8dd3989c72ade88add40f5322f32c90de91a5c9f018bb06eb35c50ca0a41fdfedb3b33e30dfef6ba76c09f6ca374350'),
	(103, '2026-11-01', '2026-11-21 22:39:11.854204+00', '511', 'ba6c1d53-04ad-0491-9648-f212e7e786dd', 'DXPENT0000000001', '12026112009300015bac34a29c9a536cd50350b36ef0f40d', '{"kind":"511","role":"waybill","direction":"import","key":"[\"waybill\",\"import\",\"logisticsCode\",\"3501980F2B\",\"YD2\"]","order":null,"waybill":"[\"import\",\"3501980F2B\",\"YD2\"]","invtNo":null,"buyer":null,"version":"12026112009300015bac34a29c9a536cd50350b36ef0f40d","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","logisticsNo":"YD2","orderNo":"SO2","freight":"10.5","insuredFee":"0","currency":"142","weight":"2.1","packNo":"1","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\x38b70420a6b4a6176879354b713dcde90e9fbde5074ea40293bd0d14343f114ad300c6158212108a12d11caaccce08776a2971c0c37ffa0a537e86203e5533709e58be9ccd1b257b46851fc8de59ce80a926e44db72bfe70ae057d15c426114ccbe492a6178cbb450299d259f8d2da257f71d750da32106a860ab71032c093648cb12b95243823f75561292e'),
	(104, '2026-11-01', '2026-11-21 22:39:11.870812+00', '311', '3a307e47-5a1b-40de-ed89-ba9f9cc562e0', 'DXPENT0000000001', '1202611200930001303cdd6b31dd0a3692240c2050a523df', '{"kind":"311","role":"order","direction":"import","key":"[\"order\",\"import\",\"ebpCode\",\"3501960E1A\",\"SO3\"]","order":"[\"import\",\"3501960E1A\",\"SO3\"]","waybill":null,"invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"1202611200930001303cdd6b31dd0a3692240c2050a523df","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderType":"I","orderNo":"SO3","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","goodsValue":"250","freight":"10.5","discount":"20","taxTotal":"21.84","acturalPaid":"262.34","currency":"142","buyerRegNo":"TUbygYdNcbfK3cNXegJRF2","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF3","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeDistrict":"350102"},"lines":[{"gnum":"1","itemName":"示例奶粉","gmodel":"900g","unit":"122","qty":"2","price":"100","totalPrice":"200","currency":"142","country":"601"},{"gnum":"2","itemName":"示例面霜","gmodel":"50ml","unit":"142","qty":"1","price":"50","totalPrice":"50","currency":"142","country":"305"}],"personal":{},"sender":"DXPENT0000000001"}', '\xa331ff8fcf168859fe505302efa57aace4f9a19ff4f366663fc46fe8101c4888f9c062b5dcc5c3bb70b1f629903f9199012e08ecb7651c091eadf34485576fc59cb80b4a19811c1b3dc91580cfba5fab0c490e572113726bf505462a3f2f2a6ab92edb41931f9fa1b6bf62e30254546f0fbf21ec7362a678a3f397377873efe31403b42a7504e95969cd00cb77c2ee264383c5ec63d2d29a897de7c3e777116c35a1f7681d0d2cfebe57a2dd35585e4687818e3daf4a466cfd1ce7f666b671eeecf4d2c39c4904d35d54e2169cd45491a698443ffcab2492459ca38856376f21a9ae6f552b70f623d93fbaefb35ad1be2ed319c1f693707761c6c140c8c4fb30e1'),
	(105, '2026-11-01', '2026-11-21 22:39:11.933146+00', '311', 'a619f0c3-3f84-c0ab-d11e-320206a3273c', 'DXPENT0000000001', '120261120093000108882a3ff02562fcc9cf07ba502c1937', '{"kind":"311","role":"order","direction":"import","key":"[\"order\",\"import\",\"ebpCode\",\"3501960E1A\",\"SO4\"]","order":"[\"import\",\"3501960E1A\",\"SO4\"]","waybill":null,"invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"120261120093000108882a3ff02562fcc9cf07ba502c1937","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderType":"I","orderNo":"SO4","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","goodsValue":"250","freight":"10.5","discount":"20","taxTotal":"21.84","acturalPaid":"262.34","currency":"142","buyerRegNo":"TUbygYdNcbfK3cNXegJRF2","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF4","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeDistrict":"350102"},"lines":[{"gnum":"1","itemName":"示例奶粉","gmodel":"900g","unit":"122","qty":"2","price":"100","totalPrice":"200","currency":"142","country":"601"},{"gnum":"2","itemName":"示例面霜","gmodel":"50ml","unit":"142","qty":"1","price":"50","totalPrice":"50","currency":"142","country":"305"}],"personal":{},"sender":"DXPENT0000000001"}', '\x4654a5cf7e262e15250adb372c0c3d82ed545c13289a24f6aee0275a128f787df3c923dfb12e09ff500c98558a1f1ce852f3f34867e9ed03071d2f10d39adcf3d53e84617ec7566ee475ed19b39c4a2e4c32cab9eaa98dd13c22889c5d42187d7d3a1484ac8fe4e2fdfac703a4df742d6d5251517f0d7ace704eadcb83626f2b0d624ce12b02a26d47c27ee9a2ec21e6c51bd528b50f37167e5e1f58ad3b527b9d9675818875d9217331a5ba9ad75d9f1e7fa1cbd4bc87deae2d9407dffbc834804e0188c4f463ea5fefbbffd0268c673828d45791649da289a32eeef2bf1efd259e6af1314a046d3f65394162996634a5c3e89167991107c6db9f25276794851a'),
	(106, '2026-11-01', '2026-11-21 22:39:11.938744+00', '411', '66d6ad61-32b9-79b7-5fd2-a9cfb7f155c1', 'DXPENT0000000001', '12026112009300015713ed3bb7fe8972e79241a79eaba373', '{"kind":"411","role":"payment","direction":"import","key":"[\"payment\",\"import\",\"payTransactionId\",\"ZF4\",\"3501960P4Y\"]","order":"[\"import\",\"3501960E1A\",\"SO4\"]","waybill":null,"invtNo":null,"buyer":null,"version":"12026112009300015713ed3bb7fe8972e79241a79eaba373","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF4","orderNo":"SO4","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","payerIdType":"1","payerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payerName":"aF_Oshc6YWHYY5GuHh6w6z","amountPaid":"262.34","currency":"142","payTime":"20261120092900"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\xdd6ef10a09c0ddd6b9ca72b2f101affd05a5058598a07b92f775f3b6e40216ed6fe6e6f7649ff31abffff8ea6dc12d0b31340f935270b06d95665174ea8c77b867376d2e618b1ce2e6132cf5912ad13bb56bbd3c1ea6fac67064169ca1effbb1'),
	(107, '2026-11-01', '2026-11-21 22:39:11.94419+00', '621', '2a00b4ab-73af-02e8-205a-45b2fd563145', 'DXPENT0000000001', '12026112009300019c349486aa9ad81482b50032c15a4cdd', '{"kind":"621","role":"list","direction":"import","key":"[\"list\",\"import\",\"copNo\",\"QD4\",\"3501980F2B\"]","order":"[\"import\",\"3501960E1A\",\"SO4\"]","waybill":"[\"import\",\"3501980F2B\",\"YD4\"]","invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"12026112009300019c349486aa9ad81482b50032c15a4cdd","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderNo":"SO4","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","logisticsNo":"YD4","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","copNo":"QD4","assureCode":"91350102MYE0000341","ieFlag":"I","declTime":"20261120","customsCode":"3500","portCode":"3500","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","buyerName":"aF_Oshc6YWHYY5GuHh6w6z","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","agentCode":"3501980F2B","agentName":"福州示例报关有限公司","tradeMode":"9610","trafMode":"5","trafNo":"MF0001","voyageNo":"20261119","billNo":"99900000001","country":"601","freight":"10.5","insuredFee":"0","currency":"142","packNo":"1","grossWeight":"2.1","netWeight":"1.85"},"lines":[{"gnum":"1","gcode":"1901101000","gname":"示例奶粉","gmodel":"900g","country":"601","currency":"142","qty":"2","unit":"122","qty1":"1.8","unit1":"035","price":"100","totalPrice":"200"},{"gnum":"2","gcode":"3304990039","gname":"示例面霜","gmodel":"50ml","country":"305","currency":"142","qty":"1","unit":"142","qty1":"0.05","unit1":"035","price":"50","totalPrice":"50"}],"personal":{},"sender":"DXPENT0000000001"}', '\x0d0e1bce986cd9370707635a4b3a4d73f7edb7acf9eabb0a2afca1c267cecddc9e50d8c4c9cc5f520821f338764b369db0ae156e8ab1402383ef376a6e2e81d6ccd1bad4e6196755bf16e43cf3582e25b36ad3ed761bf0c63ade2be2ef5fdbbe694ec42fe5bbcb535c71de45c33a38a34ad5062798b23c266d018dda1be719ca899916e424462eb328231d6a7a415e298c80a4a8aeb23ac6ae20fb374935a72a236870be12a692cddd7b108269'),
	(6, '2026-11-01', '2026-11-21 22:39:11.885268+00', '411', '60bcfcf1-0230-a883-6d4f-aa6d0082b64a', 'DXPENT0000000001', '12026112009300013b3b7e94eb87db33e46649f0d7453d6a', '{"kind":"411","role":"payment","direction":"import","key":"[\"payment\",\"import\",\"payTransactionId\",\"ZF3\",\"3501960P4Y\"]","order":"[\"import\",\"3501960E1A\",\"SO3\"]","waybill":null,"invtNo":null,"buyer":null,"version":"12026112009300013b3b7e94eb87db33e46649f0d7453d6a","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","payCode":"3501960P4Y","payName":"福州示例支付有限公司","payTransactionId":"ZF3","orderNo":"SO3","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","payerIdType":"1","payerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","payerName":"aF_Oshc6YWHYY5GuHh6w6z","amountPaid":"262.34","currency":"142","payTime":"20261120092900"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\x6df56953b39a72d5c4ac9e5e20f8157addc52054bd16654ef5db916a2b8c05a4a0e76c65c0eedb9c9a3dc163ff553b6863e2eba395213e5d54db2eb58a8793fefccf5e0db351f9b065fa541df4c76162a9cbfe7f9109c08f1611a3952edb68ae'),
	(7, '2026-11-01', '2026-11-21 22:39:11.900072+00', '511', '0cb3f45d-c697-6e62-4013-84e8372405f1', 'DXPENT0000000001', '12026112009300012f8a778356b87057dbeffeafb982e18d', '{"kind":"511","role":"waybill","direction":"import","key":"[\"waybill\",\"import\",\"logisticsCode\",\"3501980F2B\",\"YD3\"]","order":null,"waybill":"[\"import\",\"3501980F2B\",\"YD3\"]","invtNo":null,"buyer":null,"version":"12026112009300012f8a778356b87057dbeffeafb982e18d","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","logisticsNo":"YD3","orderNo":"SO3","freight":"10.5","insuredFee":"0","currency":"142","weight":"2.1","packNo":"1","consignee":"aF_Oshc6YWHYY5GuHh6w6z","consigneeAddress":"53q4fhkx-7--manGo45QXA","consigneeTelephone":"OtS0Spqp6_9rQTsImYEapT"},"lines":[],"personal":{},"sender":"DXPENT0000000001"}', '\x430ec44a3b95bddaec89994ce5d27d44e0e5f733bb05ebfd07c8c79e91507f7085a85e2ece0579a2b0b19519d95f8afda05d05a3f537fcfcb22a7ebe05c0ff18329c2cf5619bc30dfc1ec2f351b8c001434898d9e787b837886e77bd34b2f0ae9f34435674765dbf11c363ba2454ab3bccb521d3513c2f14a1449a3a5059c9a01a6f391cf9621c8240357937'),
	(8, '2026-11-01', '2026-11-21 22:39:11.918393+00', '621', '99a1602d-5a7d-760b-d6da-c52e37581d48', 'DXPENT0000000001', '1202611200930001e4562e1d1a8604dbce0e9963dd673f60', '{"kind":"621","role":"list","direction":"import","key":"[\"list\",\"import\",\"copNo\",\"QD3\",\"3501980F2B\"]","order":"[\"import\",\"3501960E1A\",\"SO3\"]","waybill":"[\"import\",\"3501980F2B\",\"YD3\"]","invtNo":null,"buyer":"dHrKET8bP3kFaMdRuS4KWA","version":"1202611200930001e4562e1d1a8604dbce0e9963dd673f60","removed":false,"draft":false,"head":{"guid":"0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB","appType":"1","appTime":"20261120093000","appStatus":"2","orderNo":"SO3","ebpCode":"3501960E1A","ebpName":"福州示例平台有限公司","ebcCode":"91350102MYE0000341","ebcName":"福州示例云帆贸易有限公司","logisticsNo":"YD3","logisticsCode":"3501980F2B","logisticsName":"福州示例速运有限公司","copNo":"QD3","assureCode":"91350102MYE0000341","ieFlag":"I","declTime":"20261120","customsCode":"3500","portCode":"3500","buyerIdType":"1","buyerIdNumber":"dHrKET8bP3kFaMdRuS4KWA","buyerName":"Mthy6fz-dX6YHbt17Vdv8c","buyerTelephone":"OtS0Spqp6_9rQTsImYEapT","consigneeAddress":"53q4fhkx-7--manGo45QXA","agentCode":"3501980F2B","agentName":"福州示例报关有限公司","tradeMode":"9610","trafMode":"5","trafNo":"MF0001","voyageNo":"20261119","billNo":"99900000001","country":"601","freight":"10.5","insuredFee":"0","currency":"142","packNo":"1","grossWeight":"2.1","netWeight":"1.85"},"lines":[{"gnum":"1","gcode":"1901101000","gname":"示例奶粉","gmodel":"900g","country":"601","currency":"142","qty":"2","unit":"122","qty1":"1.8","unit1":"035","price":"100","totalPrice":"200"},{"gnum":"2","gcode":"3304990039","gname":"示例面霜","gmodel":"50ml","country":"305","currency":"142","qty":"1","unit":"142","qty1":"0.05","unit1":"035","price":"50","totalPrice":"50"}],"personal":{},"sender":"DXPENT0000000001"}', '\xbf36031f109de4c1a04b14480bd60bb93317e16d4025290d2dc945aa14dc50b4dd7d8ba8825200e0f1ef969a6e3408a7b26d440785c9f3a55f3a4e3938ad2178d45e8db70b9178e167ce171245b47f51bc9905399de76c4910bc818dc2947ed2182d66de53881b3a107f8e755afdba6b16b86b1843f84a2d913528217499abb7a6b738533f62ded8ed0e63b3159c6ed73c6813b9b14e8263ee4247ec5a557136b0c461eb4d9627');
INSERT INTO public.trade_head VALUES
	('c9249d7c-c08d-866f-f227-11b0d35cb3d8', 'order', 'import', '12026112009300010d6f931f727ba040c6d9c8d0170238a7', 1, '2026-11-01', '0b983324-f2a4-3312-10e2-7ee45f015bdb', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000001', NULL, 1),
	('ade40fa1-e29d-4f72-9b11-291fa4742cca', 'payment', 'import', '12026112009300011243f8d38b5741a36a343a9c751aa8d2', 2, '2026-11-01', '0b983324-f2a4-3312-10e2-7ee45f015bdb', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000002', NULL, 1),
	('30231f3b-4fdd-1ebc-2222-ed2559f5092b', 'waybill', 'import', '1202611200930001a3383057a72169f4641ecbebc427bbbb', 3, '2026-11-01', NULL, '55d8c604-4774-6932-0ffc-98efbfcde7cd', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000003', NULL, 1),
	('b421cede-780e-19b0-a30b-a248b04fdd7a', 'list', 'import', '1202611200930001ed7c674bf6825d6476e8552b5e5d4121', 101, '2026-11-01', '0b983324-f2a4-3312-10e2-7ee45f015bdb', '55d8c604-4774-6932-0ffc-98efbfcde7cd', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000101', NULL, 1),
	('e004f0a9-1847-da70-94d8-edd722a88d26', 'order', 'import', '1202611200930001cbe3827a130a2c8b443970c429f06372', 4, '2026-11-01', '462929de-98b1-425c-c7f4-bbcbfa754b61', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000004', NULL, 1),
	('f2106b0d-b584-9e4f-672d-e7dad1ff8bb9', 'payment', 'import', '12026112009300013960df7659a8f27ca95cf999d9a925d4', 102, '2026-11-01', '462929de-98b1-425c-c7f4-bbcbfa754b61', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000102', NULL, 1),
	('ba6c1d53-04ad-0491-9648-f212e7e786dd', 'waybill', 'import', '12026112009300015bac34a29c9a536cd50350b36ef0f40d', 103, '2026-11-01', NULL, '2c8a557f-441e-c4e1-b3cd-1c9fc9c82a0a', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000103', NULL, 1),
	('5a9f1d3f-a0f6-c086-2a01-ede8e8952582', 'list', 'import', '1202611200930001b250a66852e0b7dd4ee1d71591f48653', 5, '2026-11-01', '462929de-98b1-425c-c7f4-bbcbfa754b61', '2c8a557f-441e-c4e1-b3cd-1c9fc9c82a0a', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000005', NULL, 1),
	('3a307e47-5a1b-40de-ed89-ba9f9cc562e0', 'order', 'import', '1202611200930001303cdd6b31dd0a3692240c2050a523df', 104, '2026-11-01', '2d48d899-0bf3-6705-2d9b-99023daeb403', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000104', NULL, 1),
	('60bcfcf1-0230-a883-6d4f-aa6d0082b64a', 'payment', 'import', '12026112009300013b3b7e94eb87db33e46649f0d7453d6a', 6, '2026-11-01', '2d48d899-0bf3-6705-2d9b-99023daeb403', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000006', NULL, 1),
	('0cb3f45d-c697-6e62-4013-84e8372405f1', 'waybill', 'import', '12026112009300012f8a778356b87057dbeffeafb982e18d', 7, '2026-11-01', NULL, '549173a1-11ed-aeb6-bed6-fab4a32eb0b4', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000007', NULL, 1),
	('99a1602d-5a7d-760b-d6da-c52e37581d48', 'list', 'import', '1202611200930001e4562e1d1a8604dbce0e9963dd673f60', 8, '2026-11-01', '2d48d899-0bf3-6705-2d9b-99023daeb403', '549173a1-11ed-aeb6-bed6-fab4a32eb0b4', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000008', NULL, 1),
	('a619f0c3-3f84-c0ab-d11e-320206a3273c', 'order', 'import', '120261120093000108882a3ff02562fcc9cf07ba502c1937', 105, '2026-11-01', '906a7524-1d3e-1e36-bfd9-71ef1ffe39a8', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000105', NULL, 1),
	('66d6ad61-32b9-79b7-5fd2-a9cfb7f155c1', 'payment', 'import', '12026112009300015713ed3bb7fe8972e79241a79eaba373', 106, '2026-11-01', '906a7524-1d3e-1e36-bfd9-71ef1ffe39a8', NULL, NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000106', NULL, 1),
	('2a00b4ab-73af-02e8-205a-45b2fd563145', 'list', 'import', '12026112009300019c349486aa9ad81482b50032c15a4cdd', 107, '2026-11-01', '906a7524-1d3e-1e36-bfd9-71ef1ffe39a8', 'cfad6fef-d9c8-e20f-af34-8d2ea8167347', NULL, NULL, NULL, 'DXPENT0000000001', 'B20261122000000107', NULL, 1);
INSERT INTO public.trade_match VALUES
	('b421cede-780e-19b0-a30b-a248b04fdd7a', 'MATCHED', '{"match":{"state":"MATCHED"},"cancellation":null,"returns":[]}', 'dHrKET8bP3kFaMdRuS4KWA', 2026, '[]', '2026-11-21 22:39:11.826168+00'),
	('5a9f1d3f-a0f6-c086-2a01-ede8e8952582', 'MATCHED', '{"match":{"state":"MATCHED"},"cancellation":null,"returns":[]}', 'dHrKET8bP3kFaMdRuS4KWA', 2026, '[]', '2026-11-21 22:39:11.861562+00'),
	('99a1602d-5a7d-760b-d6da-c52e37581d48', 'REJECTED', '{"match":{"state":"REJECTED","findings":[{"rule":"buyer-name","code":"13127","text":"清单上的订购人姓名与订单上的订购人姓名不一致[InventoryHead.buyerName,OrderHead.buyerName]","left":{"role":"list","element":"buyerName"},"right":{"role":"order","element":"buyerName"}}]},"cancellation":null,"returns":[]}', NULL, NULL, NULL, '2026-11-21 22:39:11.919938+00'),
	('2a00b4ab-73af-02e8-205a-45b2fd563145', 'PENDING', '{"match":{"state":"PENDING","missing":["waybill"]},"cancellation":null,"returns":[]}', NULL, NULL, NULL, '2026-11-21 22:39:11.946495+00');
INSERT INTO public.trade_receipt VALUES
	('b421cede-780e-19b0-a30b-a248b04fdd7a', '-YNUN8OgZNTzToC9E6LPXQ', '2', '20261120100000000', '\x9af26f42575c501618a27c1bc4a6542203bfe87173c58f0dc0e097499a02d4c6db936c700ab211866e6b9510238a7ea8ed6e59', NULL, NULL, '2026-11-21 22:39:11.951986+00'),
	('b421cede-780e-19b0-a30b-a248b04fdd7a', 'DwJ_YNDbxtYl9WsdD64T2B', '800', '20261120120000000', '\x2602857cd33890c3fba61fb6e68d657e5f5b57ce4156cbe0177789bdffb82f98170f9a2cc5e097eeed45c98938ad7aa09e2a0a', NULL, '35002026I000000001', '2026-11-21 22:39:11.957416+00'),
	('5a9f1d3f-a0f6-c086-2a01-ede8e8952582', 'MnW3kJNJhNux8UlWHBUZLo', '2', '20261120100000000', '\x7c40e216fcc4d1b558e86882cf5892b44ff892631ed0de1d4f3594693a2f64966a6495bfa6624bd3ada3ca5c81afee21b9315d', NULL, NULL, '2026-11-21 22:39:11.964194+00');
SELECT pg_catalog.setval('public.matter_step_id_seq', 12, true);
SELECT pg_catalog.setval('public.trade_arrival_id_seq', 17, true);
SELECT pg_catalog.setval('public.trade_document_id', 200, true);
ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (chain);
ALTER TABLE ONLY public.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (chain, sequence, signed_at);
ALTER TABLE ONLY public.audit_plan
    ADD CONSTRAINT audit_plan_pkey PRIMARY KEY (hash);
ALTER TABLE public.audit_record
    ADD CONSTRAINT audit_record_hash CHECK ((hash IS NOT NULL)) NOT VALID;
ALTER TABLE ONLY public.audit_record
    ADD CONSTRAINT audit_record_pkey PRIMARY KEY (chain, sequence);
ALTER TABLE ONLY public.catalogue_change
    ADD CONSTRAINT catalogue_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.change_notice
    ADD CONSTRAINT change_notice_pkey PRIMARY KEY (department, id);
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hub_secret
    ADD CONSTRAINT hub_secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.kysely_migration_lock
    ADD CONSTRAINT kysely_migration_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.kysely_migration
    ADD CONSTRAINT kysely_migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.ledger_key
    ADD CONSTRAINT ledger_key_pkey PRIMARY KEY (kid);
ALTER TABLE ONLY public.matter_step
    ADD CONSTRAINT matter_step_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.mutation_key
    ADD CONSTRAINT mutation_key_pkey PRIMARY KEY (department, subject, key);
ALTER TABLE ONLY public.quota_day
    ADD CONSTRAINT quota_day_pkey PRIMARY KEY (grant_id, day);
ALTER TABLE ONLY public.quota_subject
    ADD CONSTRAINT quota_subject_pkey PRIMARY KEY (grant_id, day, uscc);
ALTER TABLE ONLY public.sharing_epoch
    ADD CONSTRAINT sharing_epoch_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.sharing_grant
    ADD CONSTRAINT sharing_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.trade_arrival
    ADD CONSTRAINT trade_arrival_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.trade_document
    ADD CONSTRAINT trade_document_pkey PRIMARY KEY (id, month);
ALTER TABLE ONLY public.trade_document_2026_11
    ADD CONSTRAINT trade_document_2026_11_pkey PRIMARY KEY (id, month);
ALTER TABLE ONLY public.trade_document_2026_12
    ADD CONSTRAINT trade_document_2026_12_pkey PRIMARY KEY (id, month);
ALTER TABLE ONLY public.trade_head
    ADD CONSTRAINT trade_head_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.trade_match
    ADD CONSTRAINT trade_match_pkey PRIMARY KEY (list);
ALTER TABLE ONLY public.trade_receipt
    ADD CONSTRAINT trade_receipt_pkey PRIMARY KEY (key, digest);
ALTER TABLE ONLY public.use_record
    ADD CONSTRAINT use_record_pkey PRIMARY KEY (id);
CREATE INDEX application_consumer ON public.application USING btree (consumer, created_at DESC, id COLLATE "C" DESC);
CREATE INDEX application_newest ON public.application USING btree (created_at DESC, id COLLATE "C" DESC);
CREATE INDEX application_open ON public.application USING btree (state, consumer) WHERE (state = ANY (ARRAY['DRAFTED'::text, 'SUBMITTED'::text]));
CREATE INDEX application_provider ON public.application USING btree (provider, created_at DESC, id COLLATE "C" DESC);
CREATE INDEX audit_plan_concerns ON public.audit_plan USING gin (public.plan_concerns(plan));
CREATE INDEX audit_record_department ON public.audit_record USING btree (department, recorded_at);
CREATE INDEX audit_record_plan ON public.audit_record USING btree (plan, recorded_at);
CREATE INDEX audit_record_recorded_at ON public.audit_record USING btree (recorded_at);
CREATE INDEX audit_record_retention ON public.audit_record USING btree (chain, sequence) WHERE (record ~~ '%"action":"retention"%'::text);
CREATE INDEX audit_record_subjects ON public.audit_record USING gin (subjects) WITH (fastupdate=off);
CREATE INDEX audit_record_unchained ON public.audit_record USING btree (chain, sequence) WHERE (hash IS NULL);
CREATE INDEX catalogue_change_provider ON public.catalogue_change USING btree (provider, state, reviewed_at);
CREATE INDEX change_notice_at ON public.change_notice USING btree (at);
CREATE INDEX correction_consumer ON public.correction USING btree (consumer, disputed_at DESC, id COLLATE "C" DESC);
CREATE INDEX correction_newest ON public.correction USING btree (disputed_at DESC, id COLLATE "C" DESC);
CREATE UNIQUE INDEX correction_open ON public.correction USING btree (uscc, coordinate, consumer) WHERE (state = 'DISPUTED'::text);
CREATE INDEX correction_provider ON public.correction USING btree (provider, disputed_at DESC, id COLLATE "C" DESC);
CREATE INDEX matter_step_matter ON public.matter_step USING btree (kind, matter, id);
CREATE INDEX sharing_grant_provider ON public.sharing_grant USING btree (split_part(item, '.'::text, 1));
CREATE INDEX sharing_grant_reader ON public.sharing_grant USING btree (reader);
CREATE INDEX trade_head_number ON public.trade_head USING btree (invt_no) WHERE (invt_no IS NOT NULL);
CREATE INDEX trade_head_order ON public.trade_head USING btree (order_key) WHERE (order_key IS NOT NULL);
CREATE INDEX trade_head_waybill ON public.trade_head USING btree (waybill_key) WHERE (waybill_key IS NOT NULL);
CREATE INDEX trade_match_buyer ON public.trade_match USING btree (buyer, year) WHERE (buyer IS NOT NULL);
CREATE INDEX trade_receipt_number ON public.trade_receipt USING btree (invt_no) WHERE (invt_no IS NOT NULL);
CREATE INDEX use_record_grant ON public.use_record USING btree (grant_id, recorded_at);
CREATE INDEX use_record_newest ON public.use_record USING btree (recorded_at DESC, id COLLATE "C" DESC);
CREATE INDEX use_record_provider ON public.use_record USING btree (provider, recorded_at DESC, id COLLATE "C" DESC);
CREATE INDEX use_record_reader ON public.use_record USING btree (reader, recorded_at DESC, id COLLATE "C" DESC);
ALTER INDEX public.trade_document_pkey ATTACH PARTITION public.trade_document_2026_11_pkey;
ALTER INDEX public.trade_document_pkey ATTACH PARTITION public.trade_document_2026_12_pkey;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_chain FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_plan FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_record FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_key FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.matter_step FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.use_record FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER kept BEFORE DELETE ON public.use_record FOR EACH ROW EXECUTE FUNCTION public.use_record_is_kept();
CREATE TRIGGER published_stays BEFORE DELETE OR UPDATE ON public.catalogue_change FOR EACH ROW EXECUTE FUNCTION public.published_stays();
ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.sharing_grant(id);
ALTER TABLE ONLY public.use_record
    ADD CONSTRAINT use_record_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.sharing_grant(id);

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
    hash bytea NOT NULL,
    CONSTRAINT audit_record_sequence_check CHECK ((sequence > 0))
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
    article integer NOT NULL
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
    at timestamp with time zone DEFAULT now() NOT NULL
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
    state text DEFAULT 'ACTIVE'::text NOT NULL,
    daily_subjects integer,
    application text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sharing_grant_daily_subjects_check CHECK ((daily_subjects > 0)),
    CONSTRAINT sharing_grant_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text, 'TERMINATED'::text, 'GIVEN_UP'::text])))
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
INSERT INTO public.audit_chain VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 'SHA256-Ed25519', '2026-11-21 09:47:01.271057+00');
INSERT INTO public.audit_checkpoint VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 7, 'eyJhbGciOiJFZERTQSIsImtpZCI6Il9pTXRqSDNQOVZtOFkzSlRFTmRkZHVmYWdyNmRZbVE1M0wzeVJfc2NCT2cifQ.eyJhdCI6IjIwMjYtMTEtMjFUMDk6NDc6MDEuODc4WiIsImNoYWluIjoiMzE0ZDAxN2ItZGZiZS00MmZhLWJmNzUtMTE0NjMxYzQ5NjJjIiwiaGFzaCI6ImYzZGQyMGNhNzRkM2EyYWVmNGMxMTI4NGY4MGVmYjU5ZjEzNWI0NTFhMTgzOWUzZjY3NDA0ZjcwMDkyNzU3OWUiLCJzZXF1ZW5jZSI6N30.CoNaypdmbbl-JbE8x-fc2M9L0JUug64YUvZisBf-C6JfSbXkOYmCLaB2tHutfA45GSEq4upv1ERUPoeHt-ZHCQ', '2026-11-21 09:47:01.883562+00');
INSERT INTO public.audit_plan VALUES ('e82e6c18a989abfa19e7d718cac7cb54e2c7760f858624cb6e1068b59bb025ea', '{"Enterprise.market":null,"Enterprise.name":{"denied":"no-grant","item":"market.registration","outcomes":[{"effect":"ALLOW","rule":"open"}]},"Enterprise.tax":null,"LegalRepresentative.name":{"denied":"row","item":"market.legalRepresentative","outcomes":[{"effect":"ALLOW","rule":"grant:development:customs:market.legalRepresentative:clearance"}]},"MarketRecord.legalRepresentative":{"denied":"row","item":"market.legalRepresentative","outcomes":[{"effect":"ALLOW","rule":"grant:development:customs:market.legalRepresentative:clearance"}]},"Query.enterprise":null,"RefundConnection.totalCount":null,"TaxRecord.creditGrade":{"denied":"row","item":"tax.creditGrade","outcomes":[{"effect":"ALLOW","rule":"grant:development:customs:tax.creditGrade:clearance"}]},"TaxRecord.refunds":{"denied":"no-grant","item":"tax.refunds","outcomes":[]}}');
INSERT INTO public.audit_plan VALUES ('1099d3020d64999053628776ab85b2ec2a685810a743f0a33c9cf8728163b8bf', '{"CustomsRecord.declarations":{"denied":"row","item":"customs.declarations","outcomes":[{"divisions":["3501","3504"],"effect":"ALLOW","mandate":false,"rule":"grant:development:tax:customs.declarations:refund-review"}]},"Declaration.number":{"denied":"row","item":"customs.declarations","outcomes":[{"divisions":["3501","3504"],"effect":"ALLOW","mandate":false,"rule":"grant:development:tax:customs.declarations:refund-review"}]},"DeclarationConnection.nodes":null,"DeclarationConnection.totalCount":null,"Enterprise.customs":null,"Query.enterprises":null}');
INSERT INTO public.audit_plan VALUES ('55bbf0230828263759badd652ba4c53ef7548bd6d2f5c4a964805aba08f7dfc3', '{"Enterprise.name":{"denied":"no-grant","item":"market.registration","outcomes":[{"effect":"ALLOW","rule":"open"}]},"Query.enterprise":null}');
INSERT INTO public.audit_plan VALUES ('7b50647998920e24d7015a285f16d2bb9a8405ce1809470cccb524b3a36172fc', '{"Query.me":null,"Viewer.department":null}');
INSERT INTO public.audit_plan VALUES ('8ccc74bff8ebc5b410414ac3e128241188831bd57ac0b0db951c67b025ebbcd8', '{"Grant.state":null,"GrantPayload.grant":null,"Mutation.suspendGrant":null}');
INSERT INTO public.audit_plan VALUES ('ac0b449bc81397ae6d8bbf5ada419ed1019013a4017127e151b6bd8700ba5b33', '{"Enterprise.tax":null,"Query.enterprise":null,"TaxRecord.creditGrade":{"denied":"suspended","item":"tax.creditGrade","outcomes":[]}}');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 1, '2026-11-21 09:47:01.27+00', '937f31fa-07b2-4967-9d7e-aabc95c78516', NULL, '{}', NULL, '{"action":"chain","at":"2026-11-21T09:47:01.270Z","calls":{},"department":null,"details":{"after":[]},"document":null,"errors":[],"mandated":[],"microseconds":0,"operation":null,"outcome":"answered","plan":null,"policyVersion":null,"purpose":null,"request":"937f31fa-07b2-4967-9d7e-aabc95c78516","roles":[],"subject":null,"subjects":[]}', '\xa8f828adb3c3f122c9181b3e5e434ba4c201131a824750074677a066e3860592');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 2, '2026-11-21 09:47:01.27+00', 'request-clearance', 'customs', '{91350102MYE0000341}', 'e82e6c18a989abfa19e7d718cac7cb54e2c7760f858624cb6e1068b59bb025ea', '{"action":"query","at":"2026-11-21T09:47:01.270Z","calls":{"market":1,"tax":1},"department":"customs","document":"240d6558b9e0b673c5da2018f9d42f197565d24fc71ec894cbdd4fea51007c1a","errors":["UNAUTHORIZED_FIELD_OR_TYPE"],"mandated":[],"microseconds":106748,"operation":null,"outcome":"partial","plan":"e82e6c18a989abfa19e7d718cac7cb54e2c7760f858624cb6e1068b59bb025ea","policyVersion":"6b9bbb807563","purpose":"clearance","request":"request-clearance","roles":["officer"],"subject":"customs-developer","subjects":["91350102MYE0000341"]}', '\x519efabd152260ba6cab2c92007c1d726269600a0736c813366a66839cbee4d5');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 3, '2026-11-21 09:47:01.365+00', 'request-refunds', 'tax', '{91350102MYE0000341,91330702MYQ0003787}', '1099d3020d64999053628776ab85b2ec2a685810a743f0a33c9cf8728163b8bf', '{"action":"query","at":"2026-11-21T09:47:01.365Z","calls":{"customs":1},"department":"tax","document":"744467dc65a6c5c23f61fe2bd9f32967dc3773174cfbaa9ac186f4ac3a5ad498","errors":["UNAUTHORIZED_FIELD_OR_TYPE"],"mandated":[],"microseconds":34193,"operation":null,"outcome":"partial","plan":"1099d3020d64999053628776ab85b2ec2a685810a743f0a33c9cf8728163b8bf","policyVersion":"6b9bbb807563","purpose":"refund-review","request":"request-refunds","roles":["officer"],"subject":"tax-developer","subjects":["91350102MYE0000341","91330702MYQ0003787"]}', '\x69cbd2b4389d77ed5583258d7687d4ec86bdff4dffbcc7b084e1ca82a8b5f3e1');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 4, '2026-11-21 09:47:01.393+00', 'request-public', 'portal', '{91350404MY900022X6}', '55bbf0230828263759badd652ba4c53ef7548bd6d2f5c4a964805aba08f7dfc3', '{"action":"query","at":"2026-11-21T09:47:01.393Z","calls":{"market":1},"department":"portal","document":"7700f0325089585495ebf82c86c7460ebf2e1a2763419540fdb6037b28c5d98f","errors":[],"mandated":[],"microseconds":15133,"operation":null,"outcome":"answered","plan":"55bbf0230828263759badd652ba4c53ef7548bd6d2f5c4a964805aba08f7dfc3","policyVersion":"6b9bbb807563","purpose":null,"request":"request-public","roles":["officer"],"subject":"portal-developer","subjects":["91350404MY900022X6"]}', '\x9a2f4dcda388f9508f426a80446187b40d65e66976b6694065d1bf7e82832b3d');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 5, '2026-11-21 09:47:01.417+00', 'request-nobody', NULL, '{}', '7b50647998920e24d7015a285f16d2bb9a8405ce1809470cccb524b3a36172fc', '{"action":"query","at":"2026-11-21T09:47:01.417Z","calls":{},"department":null,"document":"7cb471ca10b79919f5273fc580a910769a543f94d9e5a737a13d741259c0d50a","errors":["UNAUTHENTICATED"],"mandated":[],"microseconds":3108,"operation":null,"outcome":"refused","plan":"7b50647998920e24d7015a285f16d2bb9a8405ce1809470cccb524b3a36172fc","policyVersion":"6b9bbb807563","purpose":null,"request":"request-nobody","roles":[],"subject":null,"subjects":[]}', '\x30d00e4b6c0a6c43c20a12c573c3fd80c8360600606d9eb532ebf7a461e7841b');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 6, '2026-11-21 09:47:01.829+00', 'request-suspend', 'authority', '{}', '8ccc74bff8ebc5b410414ac3e128241188831bd57ac0b0db951c67b025ebbcd8', '{"action":"mutation","at":"2026-11-21T09:47:01.829Z","calls":{},"department":"authority","details":{"events":[{"matter":"development:customs:tax.creditGrade:clearance","mutation":"suspendGrant","outcome":"done"}]},"document":"2d77dba8e1b8da9fd336f5e0cc2bea426ecc13bf71921c5780875fd566cc039a","errors":[],"mandated":[],"microseconds":30862,"operation":null,"outcome":"answered","plan":"8ccc74bff8ebc5b410414ac3e128241188831bd57ac0b0db951c67b025ebbcd8","policyVersion":"6b9bbb807563","purpose":null,"request":"request-suspend","roles":["authority"],"subject":"authority-developer","subjects":[]}', '\xcc8bd63f4d0647db6d997d045c2858be56fb0bf4d120b0db4eb9742afd2964ea');
INSERT INTO public.audit_record VALUES ('314d017b-dfbe-42fa-bf75-114631c4962c', 7, '2026-11-21 09:47:01.871+00', 'request-suspended', 'customs', '{91350102MYE0000341}', 'ac0b449bc81397ae6d8bbf5ada419ed1019013a4017127e151b6bd8700ba5b33', '{"action":"query","at":"2026-11-21T09:47:01.871Z","calls":{},"department":"customs","document":"f5b01c6b18a90c89d96f5195dae02d4b23cd37b5cb9dcedf4970d5472d23504a","errors":["UNAUTHORIZED_FIELD_OR_TYPE"],"mandated":[],"microseconds":3172,"operation":null,"outcome":"partial","plan":"ac0b449bc81397ae6d8bbf5ada419ed1019013a4017127e151b6bd8700ba5b33","policyVersion":"a818d3aca74d","purpose":"clearance","request":"request-suspended","roles":["officer"],"subject":"customs-developer","subjects":["91350102MYE0000341"]}', '\xf3dd20ca74d3a2aef4c11284f80efb59f135b451a1839e3f67404f700927579e');
INSERT INTO public.catalogue_change VALUES ('1e468a4d-b29d-4132-b75e-3c7a318ad5da', 'customs', NULL, NULL, NULL, NULL, 'PUBLISHED', '4eb5079ca7425f97f55d93ef2f4320dae51ecb0259b6090a7515d9d914d912f7', '{"customs.totals": {"en": "Totals of a year", "id": "customs.totals", "zh": "进出口年度合计", "grade": "GENERAL_2", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "Int", "masked": false, "coordinate": "CustomsTotals.year", "description": null}, {"type": "Int", "masked": false, "coordinate": "CustomsTotals.exportCount", "description": "Number of export lists 出口票数."}, {"type": "Int", "masked": false, "coordinate": "CustomsTotals.importCount", "description": "Number of import lists 进口票数."}, {"type": "Money", "masked": false, "coordinate": "CustomsTotals.exportValue", "description": "出口总值"}, {"type": "Money", "masked": false, "coordinate": "CustomsTotals.importValue", "description": "进口总值"}], "conditions": "Departments that keep statistics of the pilot zones 综试区统计部门: totals of a year, no single declaration", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "YEARLY"}, "customs.creditGrade": {"en": "Credit grade of customs", "id": "customs.creditGrade", "zh": "海关信用等级", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "customs", "dataItems": [{"type": "CustomsCreditGrade", "masked": false, "coordinate": "CustomsRecord.creditGrade", "description": "Credit grade 海关信用等级 (GACC Order 251)."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "GACC Order 251 (2021): credit grades are published", "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "customs.inspections": {"en": "Inspections", "id": "customs.inspections", "zh": "查验记录", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "Inspection.number", "description": null}, {"type": "String", "masked": false, "coordinate": "Inspection.declarationNumber", "description": "清单编号"}, {"type": "DateTime", "masked": false, "coordinate": "Inspection.inspectedAt", "description": null}, {"type": "InspectionKind", "masked": false, "coordinate": "Inspection.kind", "description": null}, {"type": "InspectionResult", "masked": false, "coordinate": "Inspection.result", "description": null}], "conditions": "Departments that act on a finding 依查验结果履职的部门: quality supervision and refund review of the goods inspected", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "customs.declarations": {"en": "Declaration lists", "id": "customs.declarations", "zh": "跨境电商申报清单", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "Declaration.number", "description": "清单编号"}, {"type": "Enterprise", "masked": false, "coordinate": "Declaration.enterprise", "description": "Enterprise that sends or receives the goods 收发货人."}, {"type": "TradeMode", "masked": false, "coordinate": "Declaration.tradeMode", "description": "监管方式"}, {"type": "TradeDirection", "masked": false, "coordinate": "Declaration.direction", "description": "进出口标志"}, {"type": "DateTime", "masked": false, "coordinate": "Declaration.declaredAt", "description": "申报时间"}, {"type": "DeclarationStatus", "masked": false, "coordinate": "Declaration.status", "description": null}, {"type": "String", "masked": false, "coordinate": "Declaration.declarationDistrict", "description": "Customs district of declaration 申报地海关, 4 digits."}, {"type": "String", "masked": false, "coordinate": "Declaration.portDistrict", "description": "Customs district of the port 口岸海关, 4 digits."}, {"type": "CountryCode", "masked": false, "coordinate": "Declaration.country", "description": "Country of arrival (export) or departure (import) 运抵国、启运国."}, {"type": "String", "masked": false, "coordinate": "Declaration.orderNo", "description": "订单编号"}, {"type": "String", "masked": false, "coordinate": "Declaration.logisticsNo", "description": "物流运单编号"}, {"type": "Money", "masked": false, "coordinate": "Declaration.value", "description": "Value of the goods 货值."}, {"type": "Decimal", "masked": false, "coordinate": "Declaration.weight", "description": "Gross weight 毛重, in kg."}, {"type": "Int", "masked": false, "coordinate": "DeclarationLine.gnum", "description": "Line number 序号, from 1."}, {"type": "HSCode", "masked": false, "coordinate": "DeclarationLine.hsCode", "description": "商品编码"}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.name", "description": "商品名称"}, {"type": "Decimal", "masked": false, "coordinate": "DeclarationLine.quantity", "description": null}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.unit", "description": "Unit of measure 计量单位 (customs code, 3 digits)."}, {"type": "Decimal", "masked": false, "coordinate": "DeclarationLine.price", "description": "Unit price 单价, in the currency of the line."}, {"type": "String", "masked": false, "coordinate": "DeclarationLine.currency", "description": "ISO 4217 币制."}, {"type": "CountryCode", "masked": false, "coordinate": "DeclarationLine.country", "description": "Country of origin (import) or destination (export) 原产国、最终目的国."}], "conditions": "Departments that supervise the same trade 监管同一贸易的部门: refund review, authenticity of receipts, tracing of quality, delivery", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "customs.registration": {"en": "Filing with customs", "id": "customs.registration", "zh": "海关备案信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "customs", "dataItems": [{"type": "String", "masked": false, "coordinate": "CustomsRegistration.code", "description": "Customs code 海关注册编码, 10 characters."}, {"type": "String", "masked": false, "coordinate": "CustomsRegistration.district", "description": "Customs district on file 注册地海关, 4 digits."}, {"type": "Date", "masked": false, "coordinate": "CustomsRegistration.filedOn", "description": "备案日期"}, {"type": "Date", "masked": false, "coordinate": "CustomsRegistration.validUntil", "description": "有效期至; null means long-term 长期."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.catalogue_change VALUES ('16145cea-3b9b-455e-9639-33c08b795d0d', 'tax', NULL, NULL, NULL, NULL, 'PUBLISHED', '2567fbaa8a33e4d95a79654101de2c6099ad07217cd843a0a5008e5a6ecbe994', '{"tax.arrears": {"en": "Tax in arrears", "id": "tax.arrears", "zh": "欠税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "Money", "masked": false, "coordinate": "TaxRecord.arrears", "description": "Tax in arrears 欠税; 0 where there is none."}], "conditions": "Departments that a law makes check arrears first 依法须先核查欠税的部门: licences, subsidies, exit control", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "tax.refunds": {"en": "Export refunds", "id": "tax.refunds", "zh": "出口退税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "String", "masked": false, "coordinate": "Refund.number", "description": "申报流水号"}, {"type": "String", "masked": false, "coordinate": "Refund.period", "description": "Period 所属期, YYYY-MM."}, {"type": "Money", "masked": false, "coordinate": "Refund.amount", "description": "退税额"}, {"type": "RefundStatus", "masked": false, "coordinate": "Refund.status", "description": null}, {"type": "Date", "masked": false, "coordinate": "Refund.filedOn", "description": "申报日期"}, {"type": "Date", "masked": false, "coordinate": "Refund.paidOn", "description": "退库日期; null until paid."}, {"type": "[String!]", "masked": false, "coordinate": "Refund.declarationNumbers", "description": "Numbers of the declaration lists it covers 关联清单编号."}], "conditions": "Departments that review the same export 审核同一出口业务的部门: authenticity of receipts and declarations", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "tax.taxpayer": {"en": "Kind of taxpayer and method of levy", "id": "tax.taxpayer", "zh": "纳税人基本信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "TaxpayerKind", "masked": false, "coordinate": "TaxRecord.taxpayerKind", "description": "纳税人类型"}, {"type": "LevyMethod", "masked": false, "coordinate": "TaxRecord.levyMethod", "description": "征收方式"}], "conditions": "Departments that verify how an enterprise is taxed 须核实征收方式的部门: clearance, filing, statistics", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "tax.exemptions": {"en": "Sales exempt without input invoices", "id": "tax.exemptions", "zh": "无票免税信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "String", "masked": false, "coordinate": "TaxExemption.period", "description": "所属期, YYYY-MM."}, {"type": "Money", "masked": false, "coordinate": "TaxExemption.amount", "description": "Sales exempt 免税销售额."}], "conditions": "Departments that apply the exemption of the pilot zones 落实综试区无票免税政策的部门", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "MONTHLY"}, "tax.creditGrade": {"en": "Tax credit grade", "id": "tax.creditGrade", "zh": "纳税信用级别", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "tax", "dataItems": [{"type": "TaxCreditGrade", "masked": false, "coordinate": "TaxRecord.creditGrade", "description": "Tax credit grade 纳税信用级别."}], "conditions": "Departments that grade enterprises themselves 实施信用分级监管的部门: clearance and joint incentives", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "YEARLY"}, "tax.listedGradeA": {"en": "Published list of A-grade taxpayers", "id": "tax.listedGradeA", "zh": "A级纳税人名单", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "tax", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "TaxRecord.listedGradeA", "description": "On the published list of A-grade taxpayers A级纳税人名单."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "The list is published every year (纳税信用管理办法)", "sharingModes": ["API", "FILE"], "classification": "THEME", "updateFrequency": "YEARLY"}, "tax.exportRefundClass": {"en": "Export refund class", "id": "tax.exportRefundClass", "zh": "出口退税分类管理类别", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "tax", "dataItems": [{"type": "ExportRefundClass", "masked": false, "coordinate": "TaxRecord.exportRefundClass", "description": "Export refund class 出口退税分类管理类别."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.catalogue_change VALUES ('27521104-c40d-4027-a8cd-50defb3def1a', 'fx', NULL, NULL, NULL, NULL, 'PUBLISHED', '403f8bcf48e519465e18a29ff3ed7510218ddf19dfac54ad146dd83cdf1c0fe4', '{"fx.class": {"en": "Class of goods-trade management", "id": "fx.class", "zh": "货物贸易外汇管理分类", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "fx", "dataItems": [{"type": "ForeignExchangeClass", "masked": false, "coordinate": "ForeignExchangeRecord.class", "description": "Class of goods-trade management 货物贸易外汇管理分类."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.payments": {"en": "Payments of a year", "id": "fx.payments", "zh": "年度付汇", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "[Money!]", "masked": false, "coordinate": "ForeignExchangeRecord.payments", "description": "Payments of one year by currency 年度付汇."}], "conditions": "Departments that keep statistics or supervise imports 统计和进口监管部门: sums of a year, no single payment", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.receipts": {"en": "Receipts of a year", "id": "fx.receipts", "zh": "年度收汇", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "[Money!]", "masked": false, "coordinate": "ForeignExchangeRecord.receipts", "description": "Receipts of one year by currency 年度收汇."}], "conditions": "Departments that keep statistics or review refunds 统计和退税审核部门: sums of a year, no single receipt", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.exemption": {"en": "Exemption of small traders from registration", "id": "fx.exemption", "zh": "小微跨境电商企业免于名录登记", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "ForeignExchangeRecord.exemptFromRegistration", "description": "Exempt from registration as a small trader 免于名录登记."}], "conditions": "Departments to which the sums of a year may be shared 可共享年度收付汇的部门: the same uses", "dataFormat": "JSON", "legalBasis": "It tells that the yearly sum is under the limit, hence shared like the sums", "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.registered": {"en": "Registry of goods traders", "id": "fx.registered", "zh": "贸易外汇收支企业名录", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "fx", "dataItems": [{"type": "Boolean", "masked": false, "coordinate": "ForeignExchangeRecord.registered", "description": "In the registry of goods traders 名录登记."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "fx.settlements": {"en": "Settlements", "id": "fx.settlements", "zh": "结汇信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "fx", "dataItems": [{"type": "String", "masked": false, "coordinate": "Settlement.number", "description": null}, {"type": "SettlementKind", "masked": false, "coordinate": "Settlement.kind", "description": null}, {"type": "Money", "masked": false, "coordinate": "Settlement.amount", "description": null}, {"type": "SettlementAccount", "masked": false, "coordinate": "Settlement.account", "description": null}, {"type": "Date", "masked": false, "coordinate": "Settlement.settledOn", "description": null}], "conditions": "Tax authorities that review the refund of the same export 办理退税审核的税务机关, within their divisions", "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "fx.suspiciousTransactionReports": {"en": "Suspicious transaction reports", "id": "fx.suspiciousTransactionReports", "zh": "可疑交易报告", "grade": "GENERAL_4", "reason": "A report that becomes known warns whoever is reported 泄露报告将惊动被报告人", "sharing": "WITHHELD", "provider": "fx", "dataItems": [{"type": "String", "masked": false, "coordinate": "SuspiciousTransactionReport.number", "description": null}, {"type": "Date", "masked": false, "coordinate": "SuspiciousTransactionReport.reportedOn", "description": null}, {"type": "String", "masked": false, "coordinate": "SuspiciousTransactionReport.reason", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them", "sharingModes": [], "classification": "DEPARTMENT", "updateFrequency": "DAILY"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.catalogue_change VALUES ('500c4feb-dfc6-4703-849a-ec85a4ec0122', 'market', NULL, NULL, NULL, NULL, 'PUBLISHED', 'e98c6d2e62a6a407697456afde6ad25197f3aade2108a0b02f3129979f4583cb', '{"market.licences": {"en": "Administrative licences", "id": "market.licences", "zh": "行政许可信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "Licence.number", "description": "许可证编号"}, {"type": "String", "masked": false, "coordinate": "Licence.name", "description": "许可名称"}, {"type": "Date", "masked": false, "coordinate": "Licence.validFrom", "description": "有效期自"}, {"type": "Date", "masked": false, "coordinate": "Licence.validTo", "description": "有效期至; null means long-term 长期."}, {"type": "String", "masked": false, "coordinate": "Licence.authority", "description": "发证机关"}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "DAILY"}, "market.penalties": {"en": "Administrative penalties", "id": "market.penalties", "zh": "行政处罚信息", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "Penalty.number", "description": "决定书文号"}, {"type": "Date", "masked": false, "coordinate": "Penalty.decidedOn", "description": "决定日期"}, {"type": "PenaltyKind", "masked": false, "coordinate": "Penalty.kind", "description": null}, {"type": "Money", "masked": false, "coordinate": "Penalty.amount", "description": "Amount of a fine or confiscation 罚没金额."}, {"type": "String", "masked": false, "coordinate": "Penalty.reason", "description": "处罚事由"}, {"type": "String", "masked": false, "coordinate": "Penalty.authority", "description": "处罚机关"}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.registration": {"en": "Business registration", "id": "market.registration", "zh": "企业登记信息", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "EnterpriseConnection", "masked": false, "coordinate": "Query.searchEnterprises", "description": "Enterprises by part of the name and by division 企业检索, in the order of their codes."}, {"type": "String", "masked": false, "coordinate": "Enterprise.name", "description": "Registered name 企业名称; source department 数源部门: market supervision."}, {"type": "EnterpriseStatus", "masked": false, "coordinate": "Enterprise.status", "description": "Registration status 登记状态; source department: market supervision."}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.name", "description": "企业名称"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.kind", "description": "Kind of enterprise 类型, e.g. 有限责任公司."}, {"type": "EnterpriseStatus", "masked": false, "coordinate": "MarketRegistration.status", "description": "登记状态"}, {"type": "Money", "masked": false, "coordinate": "MarketRegistration.capital", "description": "Registered capital 注册资本."}, {"type": "Date", "masked": false, "coordinate": "MarketRegistration.establishedOn", "description": "成立日期"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.address", "description": "住所"}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.scope", "description": "Scope of business 经营范围."}, {"type": "String", "masked": false, "coordinate": "MarketRegistration.authority", "description": "Registration authority 登记机关."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API", "BATCH"], "classification": "BASE", "updateFrequency": "REAL_TIME"}, "market.abnormalListings": {"en": "List of abnormal operations", "id": "market.abnormalListings", "zh": "经营异常名录", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "[Listing!]", "masked": false, "coordinate": "MarketRecord.abnormalListings", "description": "List of abnormal operations 经营异常名录."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.seriousViolations": {"en": "List of serious violations", "id": "market.seriousViolations", "zh": "严重违法失信名单", "grade": "GENERAL_1", "reason": null, "sharing": "OPEN", "provider": "market", "dataItems": [{"type": "[Listing!]", "masked": false, "coordinate": "MarketRecord.seriousViolations", "description": "List of serious violations 严重违法失信名单."}], "conditions": null, "dataFormat": "JSON", "legalBasis": "Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "DAILY"}, "market.qualityInspections": {"en": "Product quality inspections", "id": "market.qualityInspections", "zh": "质量监督抽查信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": false, "coordinate": "QualityInspection.number", "description": null}, {"type": "String", "masked": false, "coordinate": "QualityInspection.product", "description": "商品"}, {"type": "QualityInspectionStage", "masked": false, "coordinate": "QualityInspection.stage", "description": null}, {"type": "Date", "masked": false, "coordinate": "QualityInspection.startedOn", "description": "开始日期"}, {"type": "Boolean", "masked": false, "coordinate": "QualityInspection.qualified", "description": "Whether the sample passed 是否合格; null until the result is confirmed."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "QUARTERLY"}, "market.legalRepresentative": {"en": "Legal representative", "id": "market.legalRepresentative", "zh": "法定代表人信息", "grade": "GENERAL_4", "reason": null, "sharing": "CONDITIONAL", "provider": "market", "dataItems": [{"type": "String", "masked": true, "coordinate": "LegalRepresentative.name", "description": "姓名; masked to the first character unless granted in full."}, {"type": "String", "masked": true, "coordinate": "LegalRepresentative.idNumber", "description": "Identity number 身份证号码 (GB 11643); masked unless granted in full."}], "conditions": "Departments that must identify the person who acts for the enterprise 须核验法定代表人身份的部门: for the matter at hand alone, masked without a grant", "dataFormat": "JSON", "legalBasis": "Personal Information Protection Law 个人信息保护法: no more than the purpose needs", "sharingModes": ["API"], "classification": "BASE", "updateFrequency": "REAL_TIME"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.catalogue_change VALUES ('2d61ed64-199f-4f2f-a6af-aa531e3f443f', 'postal', NULL, NULL, NULL, NULL, 'PUBLISHED', '0899c2e838376c2189210b3599d9f54ae6db4835f34264e42271ce8b28436863', '{"postal.shipments": {"en": "Parcels", "id": "postal.shipments", "zh": "寄递邮件信息", "grade": "GENERAL_3", "reason": null, "sharing": "CONDITIONAL", "provider": "postal", "dataItems": [{"type": "TrackingNumber", "masked": false, "coordinate": "Shipment.trackingNumber", "description": "邮件号"}, {"type": "String", "masked": false, "coordinate": "Shipment.service", "description": "Product 业务种类, e.g. e邮宝."}, {"type": "DateTime", "masked": false, "coordinate": "Shipment.acceptedAt", "description": "收寄时间"}, {"type": "DateTime", "masked": false, "coordinate": "Shipment.deliveredAt", "description": "妥投时间; null until delivered."}, {"type": "CountryCode", "masked": false, "coordinate": "Shipment.destination", "description": "寄达国（地区）"}, {"type": "Decimal", "masked": false, "coordinate": "Shipment.weight", "description": "重量, in kg."}, {"type": "DateTime", "masked": false, "coordinate": "ShipmentEvent.at", "description": "时间"}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.place", "description": "地点"}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.code", "description": "Status code of the event 状态代码; older servers give none."}, {"type": "String", "masked": false, "coordinate": "ShipmentEvent.text", "description": "说明"}], "conditions": "Departments that supervise the goods in the parcels 监管寄递货物的部门: clearance and tracing of single parcels", "dataFormat": "XML", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "REAL_TIME"}, "postal.monthlyVolumes": {"en": "Volumes by month", "id": "postal.monthlyVolumes", "zh": "月度业务量", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "postal", "dataItems": [{"type": "String", "masked": false, "coordinate": "MonthlyVolume.month", "description": "Month 月份, YYYY-MM."}, {"type": "Int", "masked": false, "coordinate": "MonthlyVolume.parcels", "description": "邮包件数"}, {"type": "Int", "masked": false, "coordinate": "MonthlyVolume.express", "description": "快件件数"}], "conditions": null, "dataFormat": "XML", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "MONTHLY"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.catalogue_change VALUES ('d0e6ac66-5709-404e-84ec-c5fe8be3e393', 'commerce', NULL, NULL, NULL, NULL, 'PUBLISHED', '022d07b32061f70fb8ec7bf1d8aba0e3778f0838051e68d7644c4db2136fee95', '{"commerce.parks": {"en": "Industrial parks", "id": "commerce.parks", "zh": "产业园区信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "Park.name", "description": null}, {"type": "DivisionCode", "masked": false, "coordinate": "Park.division", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "QUARTERLY"}, "commerce.filing": {"en": "Filing as a cross-border e-commerce enterprise", "id": "commerce.filing", "zh": "跨境电商企业备案", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "CommerceFiling.number", "description": "备案号"}, {"type": "String", "masked": false, "coordinate": "CommerceFiling.zone", "description": "Pilot zone 综试区, e.g. 福州."}, {"type": "[CommerceRole!]", "masked": false, "coordinate": "CommerceFiling.roles", "description": null}, {"type": "Date", "masked": false, "coordinate": "CommerceFiling.filedOn", "description": "备案日期"}, {"type": "FilingStatus", "masked": false, "coordinate": "CommerceFiling.status", "description": null}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "ON_CHANGE"}, "commerce.overseasWarehouses": {"en": "Overseas warehouses", "id": "commerce.overseasWarehouses", "zh": "海外仓信息", "grade": "GENERAL_2", "reason": null, "sharing": "UNCONDITIONAL", "provider": "commerce", "dataItems": [{"type": "String", "masked": false, "coordinate": "OverseasWarehouse.name", "description": null}, {"type": "CountryCode", "masked": false, "coordinate": "OverseasWarehouse.country", "description": null}, {"type": "Decimal", "masked": false, "coordinate": "OverseasWarehouse.area", "description": "Floor area 面积, in m²."}, {"type": "Boolean", "masked": false, "coordinate": "OverseasWarehouse.public", "description": "Open to others 公共海外仓."}], "conditions": null, "dataFormat": "JSON", "legalBasis": null, "sharingModes": ["API"], "classification": "THEME", "updateFrequency": "WEEKLY"}}', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.057+00', '2026-11-21 09:46:59.058281+00');
INSERT INTO public.hub_secret VALUES ('cursors', '\x8025852e942fed620a03209d922e95becdd75e9b0762cb6a7e3498c6d022be67');
INSERT INTO public.kysely_migration VALUES ('0001-grants-and-audit', '2026-11-21T09:46:58.032Z');
INSERT INTO public.kysely_migration VALUES ('0002-sharing', '2026-11-21T09:46:58.084Z');
INSERT INTO public.kysely_migration VALUES ('0003-catalogue', '2026-11-21T09:46:58.100Z');
INSERT INTO public.kysely_migration VALUES ('0004-corrections', '2026-11-21T09:46:58.117Z');
INSERT INTO public.kysely_migration VALUES ('0005-ledger', '2026-11-21T09:46:58.124Z');
INSERT INTO public.kysely_migration_lock VALUES ('migration_lock', 0);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (1, 'catalogue-change', '1e468a4d-b29d-4132-b75e-3c7a318ad5da', 'submit', '2026-11-21 09:46:59.058281+00', 'customs', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (2, 'catalogue-change', '1e468a4d-b29d-4132-b75e-3c7a318ad5da', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (3, 'catalogue-change', '16145cea-3b9b-455e-9639-33c08b795d0d', 'submit', '2026-11-21 09:46:59.058281+00', 'tax', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (4, 'catalogue-change', '16145cea-3b9b-455e-9639-33c08b795d0d', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (5, 'catalogue-change', '27521104-c40d-4027-a8cd-50defb3def1a', 'submit', '2026-11-21 09:46:59.058281+00', 'fx', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (6, 'catalogue-change', '27521104-c40d-4027-a8cd-50defb3def1a', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (7, 'catalogue-change', '500c4feb-dfc6-4703-849a-ec85a4ec0122', 'submit', '2026-11-21 09:46:59.058281+00', 'market', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (8, 'catalogue-change', '500c4feb-dfc6-4703-849a-ec85a4ec0122', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (9, 'catalogue-change', '2d61ed64-199f-4f2f-a6af-aa531e3f443f', 'submit', '2026-11-21 09:46:59.058281+00', 'postal', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (10, 'catalogue-change', '2d61ed64-199f-4f2f-a6af-aa531e3f443f', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (11, 'catalogue-change', 'd0e6ac66-5709-404e-84ec-c5fe8be3e393', 'submit', '2026-11-21 09:46:59.058281+00', 'commerce', 'hub', NULL, 'SUBMITTED', NULL, 16);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (12, 'catalogue-change', 'd0e6ac66-5709-404e-84ec-c5fe8be3e393', 'publish', '2026-11-21 09:46:59.058281+00', 'authority', 'hub', 'SUBMITTED', 'PUBLISHED', NULL, 17);
INSERT INTO public.matter_step OVERRIDING SYSTEM VALUE VALUES (13, 'grant', 'development:customs:tax.creditGrade:clearance', 'suspend', '2026-11-21 09:47:01.803124+00', 'authority', 'authority-developer', 'ACTIVE', 'SUSPENDED', 'x', 27);
INSERT INTO public.mutation_key VALUES ('authority', 'authority-developer', 'key-suspend-1', 'd59dc889e737eba8eb529f6126023f544b6590b727eaf7fa7b11d007c9707351', 'development:customs:tax.creditGrade:clearance', '2026-11-21 09:47:01.803124+00');
INSERT INTO public.sharing_epoch VALUES (1, true);
INSERT INTO public.sharing_grant VALUES ('development:tax:customs.declarations:refund-review', 'tax', 'customs.declarations', '{Declaration.number,Declaration.enterprise,Declaration.tradeMode,Declaration.direction,Declaration.declaredAt,Declaration.status,Declaration.declarationDistrict,Declaration.portDistrict,Declaration.country,Declaration.orderNo,Declaration.logisticsNo,Declaration.value,Declaration.weight,DeclarationLine.gnum,DeclarationLine.hsCode,DeclarationLine.quantity,DeclarationLine.unit,DeclarationLine.price,DeclarationLine.currency,DeclarationLine.country}', 'refund-review', '{3501,3504}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:fx:customs.declarations:authenticity-review', 'fx', 'customs.declarations', '{Declaration.number,Declaration.tradeMode,Declaration.declaredAt,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:market:customs.declarations:quality-tracing', 'market', 'customs.declarations', '{Declaration.number,DeclarationLine.hsCode,DeclarationLine.name,DeclarationLine.country}', 'quality-tracing', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:postal:customs.declarations:delivery', 'postal', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.logisticsNo}', 'delivery', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:bank:customs.declarations:authenticity-review', 'bank', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, true, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:customs.totals:statistics', 'commerce', 'customs.totals', NULL, 'statistics', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:fx:tax.refunds:authenticity-review', 'fx', 'tax.refunds', '{Refund.amount,Refund.status}', 'authenticity-review', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:bank:fx.class:authenticity-review', 'bank', 'fx.class', NULL, 'authenticity-review', '{}', false, true, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:fx.receipts:statistics', 'commerce', 'fx.receipts', NULL, 'statistics', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:tax:fx.settlements:refund-review', 'tax', 'fx.settlements', NULL, 'refund-review', '{3501,3504}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:market.legalRepresentative:clearance', 'customs', 'market.legalRepresentative', NULL, 'clearance', '{}', true, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:postal.monthlyVolumes:statistics', 'commerce', 'postal.monthlyVolumes', NULL, 'statistics', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:postal.shipments:clearance', 'customs', 'postal.shipments', NULL, 'clearance', '{}', false, false, NULL, NULL, 'ACTIVE', NULL, NULL, '2026-11-21 09:46:58.813694+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:tax.creditGrade:clearance', 'customs', 'tax.creditGrade', NULL, 'clearance', '{}', false, false, NULL, NULL, 'SUSPENDED', NULL, NULL, '2026-11-21 09:46:58.813694+00');
SELECT pg_catalog.setval('public.matter_step_id_seq', 13, true);
ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (chain);
ALTER TABLE ONLY public.audit_checkpoint
    ADD CONSTRAINT audit_checkpoint_pkey PRIMARY KEY (chain, sequence);
ALTER TABLE ONLY public.audit_plan
    ADD CONSTRAINT audit_plan_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.audit_record
    ADD CONSTRAINT audit_record_pkey PRIMARY KEY (chain, sequence);
ALTER TABLE ONLY public.catalogue_change
    ADD CONSTRAINT catalogue_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hub_secret
    ADD CONSTRAINT hub_secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.kysely_migration_lock
    ADD CONSTRAINT kysely_migration_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.kysely_migration
    ADD CONSTRAINT kysely_migration_pkey PRIMARY KEY (name);
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
ALTER TABLE ONLY public.use_record
    ADD CONSTRAINT use_record_pkey PRIMARY KEY (id);
CREATE INDEX audit_plan_concerns ON public.audit_plan USING gin (public.plan_concerns(plan));
CREATE INDEX audit_record_recorded_at ON public.audit_record USING btree (recorded_at);
CREATE INDEX audit_record_retention ON public.audit_record USING btree (chain, sequence) WHERE (record ~~ '%"action":"retention"%'::text);
CREATE INDEX audit_record_subjects ON public.audit_record USING gin (subjects) WITH (fastupdate=off);
CREATE INDEX catalogue_change_provider ON public.catalogue_change USING btree (provider, state, reviewed_at);
CREATE UNIQUE INDEX correction_open ON public.correction USING btree (uscc, coordinate, consumer) WHERE (state = 'DISPUTED'::text);
CREATE INDEX matter_step_matter ON public.matter_step USING btree (kind, matter, id);
CREATE INDEX use_record_grant ON public.use_record USING btree (grant_id, recorded_at);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_chain FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_plan FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_record FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.matter_step FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.use_record FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER kept BEFORE DELETE ON public.use_record FOR EACH ROW EXECUTE FUNCTION public.use_record_is_kept();
CREATE TRIGGER published_stays BEFORE DELETE OR UPDATE ON public.catalogue_change FOR EACH ROW EXECUTE FUNCTION public.published_stays();
ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.sharing_grant(id);
ALTER TABLE ONLY public.use_record
    ADD CONSTRAINT use_record_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES public.sharing_grant(id);

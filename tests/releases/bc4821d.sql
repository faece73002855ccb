CREATE FUNCTION public.audit_record_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    begin
      raise exception 'audit_record is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
    end $$;
CREATE TABLE public.audit_record (
    process_id uuid NOT NULL,
    sequence bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    request_id text NOT NULL,
    department text,
    subject text,
    purpose text,
    action text NOT NULL,
    operation_name text,
    document_hash text,
    coordinates text[] NOT NULL,
    decisions jsonb NOT NULL,
    subjects text[] NOT NULL,
    departments_called jsonb NOT NULL,
    outcome text NOT NULL,
    error_codes text[] NOT NULL,
    duration_ms real NOT NULL,
    previous_hash bytea,
    hash bytea,
    CONSTRAINT audit_record_outcome_check CHECK ((outcome = ANY (ARRAY['answered'::text, 'partial'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT audit_record_sequence_check CHECK ((sequence > 0))
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
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
INSERT INTO public.audit_record VALUES ('9d904171-72da-4a4a-b248-aec6a5e2492d', 1, '2026-11-21 09:46:52.556+00', 'request-clearance', 'customs', 'customs-developer', 'clearance', 'query', NULL, '240d6558b9e0b673c5da2018f9d42f197565d24fc71ec894cbdd4fea51007c1a', '{Query.enterprise,Enterprise.name,Enterprise.tax,TaxRecord.creditGrade,TaxRecord.refunds,RefundConnection.totalCount,Enterprise.market,MarketRecord.legalRepresentative,LegalRepresentative.name}', '{"Enterprise.name": {"rule": "open", "decision": "ALLOW"}, "TaxRecord.refunds": {"rule": "no-grant", "decision": "DENY"}, "TaxRecord.creditGrade": {"rule": "grant:development:customs:tax.creditGrade:clearance", "decision": "ALLOW"}, "LegalRepresentative.name": {"rule": "grant:development:customs:market.legalRepresentative:clearance", "decision": "ALLOW"}, "MarketRecord.legalRepresentative": {"rule": "grant:development:customs:market.legalRepresentative:clearance", "decision": "ALLOW"}}', '{91350102MYE0000341}', '{"tax": 1, "market": 1}', 'partial', '{UNAUTHORIZED_FIELD_OR_TYPE}', 115.73198, NULL, NULL);
INSERT INTO public.audit_record VALUES ('9d904171-72da-4a4a-b248-aec6a5e2492d', 2, '2026-11-21 09:46:52.838+00', 'request-refunds', 'tax', 'tax-developer', 'refund-review', 'query', NULL, '744467dc65a6c5c23f61fe2bd9f32967dc3773174cfbaa9ac186f4ac3a5ad498', '{Query.enterprises,Enterprise.customs,CustomsRecord.declarations,DeclarationConnection.totalCount,DeclarationConnection.nodes,Declaration.number}', '{"Declaration.number": {"rule": "grant:development:tax:customs.declarations:refund-review", "decision": "ALLOW"}, "CustomsRecord.declarations": {"rule": "grant:development:tax:customs.declarations:refund-review", "decision": "ALLOW"}}', '{91350102MYE0000341,91330702MYQ0003787}', '{"customs": 1}', 'partial', '{UNAUTHORIZED_FIELD_OR_TYPE}', 124.92906, NULL, NULL);
INSERT INTO public.audit_record VALUES ('9d904171-72da-4a4a-b248-aec6a5e2492d', 3, '2026-11-21 09:46:52.921+00', 'request-public', 'portal', 'portal-developer', NULL, 'query', NULL, '7700f0325089585495ebf82c86c7460ebf2e1a2763419540fdb6037b28c5d98f', '{Query.enterprise,Enterprise.name}', '{"Enterprise.name": {"rule": "open", "decision": "ALLOW"}}', '{91350404MY900022X6}', '{"market": 1}', 'answered', '{}', 9.311589, NULL, NULL);
INSERT INTO public.audit_record VALUES ('9d904171-72da-4a4a-b248-aec6a5e2492d', 4, '2026-11-21 09:46:53.013+00', 'request-nobody', NULL, NULL, NULL, 'query', NULL, '7cb471ca10b79919f5273fc580a910769a543f94d9e5a737a13d741259c0d50a', '{Query.me,Viewer.department}', '{}', '{}', '{}', 'refused', '{UNAUTHENTICATED}', 7.518903, NULL, NULL);
INSERT INTO public.hub_secret VALUES ('cursors', '\x0bd7fb0298435ed5e93d2f3615c552704a86e8fd13e4de3c26128a8a2bb19801');
INSERT INTO public.kysely_migration VALUES ('0001-grants-and-audit', '2026-11-21T09:46:46.015Z');
INSERT INTO public.kysely_migration_lock VALUES ('migration_lock', 0);
INSERT INTO public.sharing_grant VALUES ('development:tax:customs.declarations:refund-review', 'tax', 'customs.declarations', '{Declaration.number,Declaration.enterprise,Declaration.tradeMode,Declaration.direction,Declaration.declaredAt,Declaration.status,Declaration.declarationDistrict,Declaration.portDistrict,Declaration.country,Declaration.orderNo,Declaration.logisticsNo,Declaration.value,Declaration.weight,DeclarationLine.gnum,DeclarationLine.hsCode,DeclarationLine.quantity,DeclarationLine.unit,DeclarationLine.price,DeclarationLine.currency,DeclarationLine.country}', 'refund-review', '{3501,3504}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:fx:customs.declarations:authenticity-review', 'fx', 'customs.declarations', '{Declaration.number,Declaration.tradeMode,Declaration.declaredAt,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:market:customs.declarations:quality-tracing', 'market', 'customs.declarations', '{Declaration.number,DeclarationLine.hsCode,DeclarationLine.name,DeclarationLine.country}', 'quality-tracing', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:postal:customs.declarations:delivery', 'postal', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.logisticsNo}', 'delivery', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:bank:customs.declarations:authenticity-review', 'bank', 'customs.declarations', '{Declaration.number,Declaration.status,Declaration.value}', 'authenticity-review', '{}', false, true, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:customs.totals:statistics', 'commerce', 'customs.totals', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:tax.creditGrade:clearance', 'customs', 'tax.creditGrade', NULL, 'clearance', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:fx:tax.refunds:authenticity-review', 'fx', 'tax.refunds', '{Refund.amount,Refund.status}', 'authenticity-review', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:bank:fx.class:authenticity-review', 'bank', 'fx.class', NULL, 'authenticity-review', '{}', false, true, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:fx.receipts:statistics', 'commerce', 'fx.receipts', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:tax:fx.settlements:refund-review', 'tax', 'fx.settlements', NULL, 'refund-review', '{3501,3504}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:market.legalRepresentative:clearance', 'customs', 'market.legalRepresentative', NULL, 'clearance', '{}', true, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:commerce:postal.monthlyVolumes:statistics', 'commerce', 'postal.monthlyVolumes', NULL, 'statistics', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
INSERT INTO public.sharing_grant VALUES ('development:customs:postal.shipments:clearance', 'customs', 'postal.shipments', NULL, 'clearance', '{}', false, false, NULL, NULL, '2026-11-21 09:46:48.415548+00');
ALTER TABLE ONLY public.audit_record
    ADD CONSTRAINT audit_record_pkey PRIMARY KEY (process_id, sequence);
ALTER TABLE ONLY public.hub_secret
    ADD CONSTRAINT hub_secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.kysely_migration_lock
    ADD CONSTRAINT kysely_migration_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.kysely_migration
    ADD CONSTRAINT kysely_migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.sharing_grant
    ADD CONSTRAINT sharing_grant_pkey PRIMARY KEY (id);
CREATE INDEX audit_record_department ON public.audit_record USING btree (department);
CREATE INDEX audit_record_recorded_at ON public.audit_record USING btree (recorded_at);
CREATE INDEX audit_record_subjects ON public.audit_record USING gin (subjects) WITH (fastupdate=off);
CREATE TRIGGER audit_record_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_record FOR EACH STATEMENT EXECUTE FUNCTION public.audit_record_is_append_only();

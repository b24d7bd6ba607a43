from django.db import migrations

# As in 0005, and what disputes took beyond what was left.
FOLLOWS_ROWS = """
CREATE OR REPLACE FUNCTION payments_rows_and_journal(of_hold bigint)
RETURNS TABLE (account text, by_rows bigint, by_journal bigint) LANGUAGE sql STABLE AS $$
    WITH due AS (
        SELECT d.* FROM payments_hold h, LATERAL (VALUES
            ('held', CASE WHEN h.state IN ('held', 'renewing', 'capturing', 'capture_failed')
                            OR h.state = 'releasing' AND h.capture_before IS NOT NULL THEN h.amount ELSE 0 END),
            ('sales', -h.captured),
            ('platform_fees', CASE WHEN h.captured > 0 THEN h.fee ELSE 0 END - h.fee_refunded),
            ('refunds_pending', (SELECT coalesce(sum(r.amount), 0) FROM payments_refund r
                                 WHERE r.hold_id = h.id AND r.state = 'pending' AND r.stripe_id <> '')),
            ('refunds', h.refunded),
            ('disputed', h.disputed),
            ('chargebacks', h.lost),
            ('excess', h.excess)
        ) AS d (account, amount) WHERE h.id = of_hold
    ), have AS (
        SELECT p.account, sum(p.amount) AS amount
        FROM payments_journalentry e JOIN payments_posting p ON p.entry_id = e.id
        WHERE e.hold_id = of_hold GROUP BY p.account
    )
    SELECT due.account, due.amount::bigint, coalesce(have.amount, 0)::bigint
    FROM due LEFT JOIN have USING (account) WHERE due.amount <> coalesce(have.amount, 0)
$$;
DROP TRIGGER payments_journal_follows ON payments_hold;
CREATE CONSTRAINT TRIGGER payments_journal_follows
    AFTER INSERT OR UPDATE OF
        state, amount, captured, refunded, disputed, lost, excess, fee, fee_refunded, capture_before
    ON payments_hold DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_follows();
"""
FOLLOWED_ROWS = """
CREATE OR REPLACE FUNCTION payments_rows_and_journal(of_hold bigint)
RETURNS TABLE (account text, by_rows bigint, by_journal bigint) LANGUAGE sql STABLE AS $$
    WITH due AS (
        SELECT d.* FROM payments_hold h, LATERAL (VALUES
            ('held', CASE WHEN h.state IN ('held', 'renewing', 'capturing', 'capture_failed')
                            OR h.state = 'releasing' AND h.capture_before IS NOT NULL THEN h.amount ELSE 0 END),
            ('sales', -h.captured),
            ('platform_fees', CASE WHEN h.captured > 0 THEN h.fee ELSE 0 END - h.fee_refunded),
            ('refunds_pending', (SELECT coalesce(sum(r.amount), 0) FROM payments_refund r
                                 WHERE r.hold_id = h.id AND r.state = 'pending' AND r.stripe_id <> '')),
            ('refunds', h.refunded),
            ('disputed', h.disputed),
            ('chargebacks', h.lost)
        ) AS d (account, amount) WHERE h.id = of_hold
    ), have AS (
        SELECT p.account, sum(p.amount) AS amount
        FROM payments_journalentry e JOIN payments_posting p ON p.entry_id = e.id
        WHERE e.hold_id = of_hold GROUP BY p.account
    )
    SELECT due.account, due.amount::bigint, coalesce(have.amount, 0)::bigint
    FROM due LEFT JOIN have USING (account) WHERE due.amount <> coalesce(have.amount, 0)
$$;
DROP TRIGGER payments_journal_follows ON payments_hold;
CREATE CONSTRAINT TRIGGER payments_journal_follows
    AFTER INSERT OR UPDATE OF state, amount, captured, refunded, disputed, lost, fee, fee_refunded, capture_before
    ON payments_hold DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_follows();
"""

# An entry is whole when its transaction commits: a balanced pair put into it later would rewrite what it says.
WHOLE = """
CREATE FUNCTION payments_entry_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_in FROM payments_journalentry WHERE id = NEW.entry_id) <> txid_current() THEN
        RAISE EXCEPTION 'journal entry % stands: book another one', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_entry_is_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_entry_is_whole BEFORE INSERT ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION payments_entry_is_whole();
"""
NOT_WHOLE = """
DROP TRIGGER payments_entry_is_whole ON payments_posting;
DROP FUNCTION payments_entry_is_whole();
"""

# Looked at as the transaction commits: a hold says of its refunds what they say themselves, so that the caps on the
# hold cap them too.
COUNTED = """
CREATE FUNCTION payments_refunds_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(NEW);
    of_hold bigint := CASE TG_TABLE_NAME
        WHEN 'payments_hold' THEN (changed ->> 'id')::bigint ELSE (changed ->> 'hold_id')::bigint END;
    apart text;
BEGIN
    SELECT string_agg(format('%s is %s on the hold and %s by its refunds', said.name, said.there, said.here), '; ')
    INTO apart
    FROM payments_hold h, LATERAL (
        SELECT coalesce(sum(amount) FILTER (WHERE state = 'pending'), 0) AS refunding,
            coalesce(sum(amount) FILTER (WHERE state = 'succeeded'), 0) AS refunded,
            coalesce(sum(tax) FILTER (WHERE state = 'succeeded'), 0) AS tax_refunded,
            coalesce(sum(qty) FILTER (WHERE state = 'pending'), 0) AS qty_refunding,
            coalesce(sum(qty) FILTER (WHERE state = 'succeeded'), 0) AS qty_refunded,
            coalesce(sum(fee), 0) AS fee_refunded
        FROM payments_refund WHERE hold_id = h.id
    ) r, LATERAL (VALUES
        ('refunding', h.refunding, r.refunding),
        ('refunded', h.refunded, r.refunded),
        ('tax_refunded', h.tax_refunded, r.tax_refunded),
        ('qty_refunding', h.qty_refunding, r.qty_refunding),
        ('qty_refunded', h.qty_refunded, r.qty_refunded),
        ('fee_refunded', h.fee_refunded, r.fee_refunded)
    ) AS said (name, there, here)
    WHERE h.id = of_hold AND said.there <> said.here;
    IF apart IS NOT NULL THEN
        RAISE EXCEPTION 'hold %: %', of_hold, apart
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_refunds_are_counted';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_refunds_are_counted
    AFTER INSERT OR UPDATE OF refunding, refunded, tax_refunded, qty_refunding, qty_refunded, fee_refunded
    ON payments_hold DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_refunds_are_counted();
CREATE CONSTRAINT TRIGGER payments_refunds_are_counted AFTER INSERT OR UPDATE OF state, amount, tax, qty, fee, hold_id
    ON payments_refund DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_refunds_are_counted();
"""
NOT_COUNTED = """
DROP TRIGGER payments_refunds_are_counted ON payments_hold;
DROP TRIGGER payments_refunds_are_counted ON payments_refund;
DROP FUNCTION payments_refunds_are_counted();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_pieces")]
    operations = [
        migrations.RunSQL(FOLLOWS_ROWS, FOLLOWED_ROWS),
        migrations.RunSQL(WHOLE, NOT_WHOLE),
        migrations.RunSQL(COUNTED, NOT_COUNTED),
    ]

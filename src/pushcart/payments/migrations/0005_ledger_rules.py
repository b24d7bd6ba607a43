from django.db import migrations

from pushcart.kit.states.guard import guard

APPEND_ONLY = """
CREATE FUNCTION payments_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: book what puts it right' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER payments_journalentry_append_only BEFORE UPDATE OR DELETE ON payments_journalentry
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_is_append_only();
CREATE TRIGGER payments_posting_append_only BEFORE UPDATE OR DELETE ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_is_append_only();
CREATE TRIGGER payments_journalentry_not_emptied BEFORE TRUNCATE ON payments_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_is_append_only();
CREATE TRIGGER payments_posting_not_emptied BEFORE TRUNCATE ON payments_posting
    FOR EACH STATEMENT EXECUTE FUNCTION payments_ledger_is_append_only();
"""
NO_APPEND_ONLY = """
DROP TRIGGER payments_journalentry_append_only ON payments_journalentry;
DROP TRIGGER payments_posting_append_only ON payments_posting;
DROP TRIGGER payments_journalentry_not_emptied ON payments_journalentry;
DROP TRIGGER payments_posting_not_emptied ON payments_posting;
DROP FUNCTION payments_ledger_is_append_only();
"""

# Looked at as the transaction commits: an entry has at least two postings, and they add up to zero.
BALANCED = """
CREATE FUNCTION payments_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := CASE TG_TABLE_NAME WHEN 'payments_posting' THEN (to_jsonb(NEW) ->> 'entry_id')::bigint ELSE NEW.id END;
    postings bigint;
    total numeric;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0) INTO postings, total FROM payments_posting WHERE entry_id = entry;
    IF postings < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'journal entry % has % postings that add up to %', entry, postings, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_entry_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_entry_balances AFTER INSERT ON payments_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();
CREATE CONSTRAINT TRIGGER payments_entry_balances AFTER INSERT ON payments_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_entry_balances();
"""
NOT_BALANCED = """
DROP TRIGGER payments_entry_balances ON payments_journalentry;
DROP TRIGGER payments_entry_balances ON payments_posting;
DROP FUNCTION payments_entry_balances();
"""

# What pushcart.payments.ledger.book.rows_say says, once more.
FOLLOWS_ROWS = """
CREATE FUNCTION payments_rows_and_journal(of_hold bigint)
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
CREATE FUNCTION payments_journal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(NEW);
    of_hold bigint := CASE TG_TABLE_NAME
        WHEN 'payments_hold' THEN (changed ->> 'id')::bigint
        WHEN 'payments_refund' THEN (changed ->> 'hold_id')::bigint
        ELSE (SELECT hold_id FROM payments_journalentry WHERE id = (changed ->> 'entry_id')::bigint) END;
    apart text;
BEGIN
    SELECT string_agg(format('%s is %s by its rows and %s by its journal', account, by_rows, by_journal), '; ')
        INTO apart FROM payments_rows_and_journal(of_hold);
    IF apart IS NOT NULL THEN
        RAISE EXCEPTION 'hold %: %', of_hold, apart
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_journal_follows';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_journal_follows
    AFTER INSERT OR UPDATE OF state, amount, captured, refunded, disputed, lost, fee, fee_refunded, capture_before
    ON payments_hold DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_follows();
CREATE CONSTRAINT TRIGGER payments_journal_follows AFTER INSERT OR UPDATE OF state, amount, stripe_id, hold_id
    ON payments_refund DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_follows();
CREATE CONSTRAINT TRIGGER payments_journal_follows AFTER INSERT
    ON payments_posting DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_journal_follows();
"""
FOLLOWS_NOT = """
DROP TRIGGER payments_journal_follows ON payments_hold;
DROP TRIGGER payments_journal_follows ON payments_refund;
DROP TRIGGER payments_journal_follows ON payments_posting;
DROP FUNCTION payments_journal_follows();
DROP FUNCTION payments_rows_and_journal(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_ledger_fees_disputes"), ("kit", "0001_states")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, NO_APPEND_ONLY),
        migrations.RunSQL(BALANCED, NOT_BALANCED),
        migrations.RunSQL(FOLLOWS_ROWS, FOLLOWS_NOT),
        guard(
            "payments.dispute",
            "payments_dispute",
            "state",
            initial="open",
            moves={"open": ["won", "lost", "dropped"]},
        ),
    ]

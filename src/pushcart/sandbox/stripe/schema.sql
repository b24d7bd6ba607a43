-- What the double remembers: a program of its own with a store of its own, as the real Stripe is to us.

CREATE TABLE IF NOT EXISTS objects (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    object   TEXT NOT NULL,
    account  TEXT NOT NULL,           -- in whose books it stands: the platform's or a connected account's
    created  INTEGER NOT NULL,
    body     TEXT NOT NULL,           -- what the API shows
    hidden   TEXT NOT NULL,           -- what it doesn't: which test card, the endpoint's secret
    due_at   INTEGER                  -- when something will happen to it by itself: a hold lapses, a refund turns
) STRICT;
CREATE INDEX IF NOT EXISTS objects_listed ON objects (account, object, seq);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due_at) WHERE due_at IS NOT NULL;

-- Money as it moved, written beside the objects and never changed: the invariants are counted from here.
CREATE TABLE IF NOT EXISTS movements (
    seq            INTEGER PRIMARY KEY,
    account        TEXT NOT NULL,
    payment_intent TEXT NOT NULL,
    charge         TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN
                   ('hold', 'capture', 'release', 'refund', 'refund_failed', 'dispute', 'dispute_won')),
    amount         INTEGER NOT NULL CHECK (amount > 0),
    currency       TEXT NOT NULL,
    at             INTEGER NOT NULL,
    source         TEXT NOT NULL      -- the refund's or dispute's id; the charge's for the rest
) STRICT;
CREATE INDEX IF NOT EXISTS movements_of_charge ON movements (charge);

CREATE TABLE IF NOT EXISTS idempotency (
    account     TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      INTEGER NOT NULL,
    body        TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    at          INTEGER NOT NULL,     -- by the movable clock: a key is forgotten after a day
    PRIMARY KEY (account, key)
) STRICT;

CREATE TABLE IF NOT EXISTS deliveries (
    seq        INTEGER PRIMARY KEY,
    event      TEXT NOT NULL,
    endpoint   TEXT NOT NULL,
    due        REAL NOT NULL,         -- machine time: a matter between machines
    attempts   INTEGER NOT NULL DEFAULT 0,
    status     TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'held', 'delivered', 'given_up')),
    answer     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (due) WHERE status = 'waiting';

CREATE TABLE IF NOT EXISTS faults (
    seq       INTEGER PRIMARY KEY,
    method    TEXT NOT NULL,
    path      TEXT NOT NULL,          -- a glob: /v1/payment_intents/*/capture
    account   TEXT,
    effect    TEXT NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    after     INTEGER NOT NULL DEFAULT 0,
    seconds   REAL NOT NULL DEFAULT 0,
    hits      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Ids may be used once they lie in the log beside the ledger; of the others nobody has to be asked, should it be lost.
ALTER TABLE drive_id_pool ADD COLUMN noted INTEGER NOT NULL DEFAULT 1;
DROP INDEX drive_id_pool_account;
CREATE INDEX drive_id_pool_account ON drive_id_pool (account, noted, id);

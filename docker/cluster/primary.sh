#!/bin/bash
# Run once, while the image makes the first primary's database: its standbys, and who may connect.
set -euo pipefail

psql --username "$POSTGRES_USER" --dbname shopbell <<'SQL'
ALTER SYSTEM SET wal_log_hints = on;
ALTER SYSTEM SET wal_keep_size = '1GB';
ALTER SYSTEM SET wal_sender_timeout = '5s';
ALTER SYSTEM SET wal_receiver_timeout = '5s';
ALTER SYSTEM SET tcp_user_timeout = '5s';
ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (db1, db2, db3)';
SQL
echo "hostssl replication shopbell samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"

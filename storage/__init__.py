"""The part that touches the database: tables, queries by subject, queues, the vault for personal data, migrations."""

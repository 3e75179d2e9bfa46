"""Alembic's entry: runs the migrations on the connection that storage.schema hands over."""

from alembic import context

from storage import case_tables, report_tables, zalo_tables

# Importing their modules makes the metadata whole.
TABLES = (case_tables.complaints, report_tables.snapshots, zalo_tables.zalo_tokens)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES[0].metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()

"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"  # fixed width: sorts as text


class Instant(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, fixed-width UTC text on SQLite. Naive values are refused."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:  # Any: SQLAlchemy's own signature
        """Return the column type of `dialect`."""
        return dialect.type_descriptor(
            DateTime(timezone=True) if dialect.name == "postgresql" else String(27)
        )

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> Any:  # Any: text or datetime by dialect
        """Return `value` as the database keeps it. ValueError when it has no offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.strftime(_FORMAT)

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's own signature
    ) -> datetime | None:  # Any: text or datetime by dialect
        """Return the instant in UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.strptime(str(value), _FORMAT).replace(tzinfo=UTC)

"""What is done when something happens: one use case per function, inside one transaction that the caller opens."""

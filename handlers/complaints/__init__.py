"""What happens around a complaint: raised, shown to staff, worked, answered, and judged by the citizen."""

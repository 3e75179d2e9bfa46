"""When we do something by ourselves: the jobs, and the APScheduler that wakes them."""

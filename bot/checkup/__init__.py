"""What `hailong doctor` looks at: settings, database, disk, clock, calendar, and the platforms."""

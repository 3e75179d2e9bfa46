"""The web server: intake, webhooks, web chat, rooms, health."""

"""Tests in headless Chromium: with and without JavaScript, small screens, keyboard, colours."""

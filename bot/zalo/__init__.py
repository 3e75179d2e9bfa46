"""The Zalo Official Account behind its channels: tokens, client, codes."""

"""The settings of `config.yaml`: their types, how they are read and checked. `bot.config` puts them together."""

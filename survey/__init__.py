"""The part that thinks: questionnaire, reading of replies, conversation engine, wording. No clock, no chance, no I/O."""

"""The short lists staff choose from. Their words live in the texts: `kind_…`, `cause_…`, `action_…`."""

KINDS = ("extra_fee", "attitude", "extra_papers", "late", "dissatisfied", "comment", "reply_wanted")
CAUSES = ("staff", "guidance", "delay", "papers", "system", "rules", "misunderstanding")
ACTIONS = ("apologised", "explained", "corrected", "refunded", "reminded_staff", "changed_process")
OTHER = "other"  # words of their own; they stand in the history
PICKED_DAYS = 8  # working days offered for a promise

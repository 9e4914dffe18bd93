"""What several rules of this family share; no rule stands here."""

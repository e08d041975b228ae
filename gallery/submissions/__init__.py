"""What teams hand in: contents, drafts, revisions, pictures, checks, searching, public likes."""

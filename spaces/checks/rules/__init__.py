"""One check each: from facts to a finding. No network in sight."""

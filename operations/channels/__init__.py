"""Channels of Beanworks' teams: what is reported to an email address, to Slack or to Teams, and once."""

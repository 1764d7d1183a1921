"""The settings of support: target, business hours, reminders, escalation."""
